import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', ...docs.map((name) => `docs/${name}`)];

describe('the pages', () => {
  it.each(pages)('lead to pages and headings that exist: %s', (page) => {
    expect(linksOf(page).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });

  it('are all named in the list of the README, once each', () => {
    const list = textOf('README.md').split('## Read on')[1] ?? '';

    const named = [...list.matchAll(/\]\(docs\/([\w-]+\.md)\)/g)].map(([, name = '']) => name);

    expect(named.toSorted()).toEqual(docs.toSorted());
  });
});

/** What a page links to within the project. */
function linksOf(page: string): readonly string[] {
  const prose = textOf(page).replaceAll(/^```[^]*?^```/gm, '');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !link.includes('://'));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return heading === undefined || headingsOf(target).includes(heading);
}

/** The headings of a page as links name them. */
function headingsOf(page: string): readonly string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}
