import { readFileSync } from 'node:fs';

/** A block of code of a page. */
export interface CodeBlock {
  /** Of its first line. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** The blocks of a page in these languages, in order. */
export function codeBlocksOf(page: string, languages: readonly string[]): readonly CodeBlock[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .map(({ 1: language = '', 2: code = '', index }) => ({
      line: text.slice(0, index).split('\n').length + 1,
      language,
      text: code,
    }))
    .filter(({ language }) => languages.includes(language));
}
