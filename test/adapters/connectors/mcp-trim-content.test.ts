import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { referenceFor } from '../../../src/adapters/connectors/mcp/content-references.ts';
import { trimContent } from '../../../src/adapters/connectors/mcp/trim-content.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const now = 1_800_000_000_000;
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

/** A file of 10 bytes that a call gave so long ago. */
function given(name: string, agoMs: number): void {
  writeFileSync(join(folder, name), '0123456789');
  utimesSync(join(folder, name), new Date(now - agoMs), new Date(now - agoMs));
}

describe('the files of contents', () => {
  it('are removed after 30 days', async () => {
    given('old', 31 * day);
    given('kept', 29 * day);

    await trimContent(folder, now);

    expect(readdirSync(folder)).toEqual(['kept']);
  });

  it('are removed, the oldest first, until all together are small enough', async () => {
    for (const [name, age] of [
      ['a', 4],
      ['b', 3],
      ['c', 2],
    ] as const)
      given(name, age * day);

    await trimContent(folder, now, 20);

    expect(readdirSync(folder)).toEqual(['b', 'c']);
  });

  it('stay for an hour, however large they are', async () => {
    given('young', hour - minute);
    given('older', hour + minute);

    await trimContent(folder, now, 0);

    expect(readdirSync(folder)).toEqual(['young']);
  });

  it('count as young again when another call gives them', async () => {
    const home = temporaryFolder();
    const image = { type: 'image', data: 'AAAA', mimeType: 'image/png' };
    const { file } = referenceFor(image, home) as { readonly file: string };
    utimesSync(file, new Date(0), new Date(0));

    referenceFor(image, home);
    await trimContent(join(home, 'mcp', 'content'), Date.now());

    expect(readdirSync(join(home, 'mcp', 'content'))).toHaveLength(1);
  });
});
