import { cpSync, mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const leftOut = new Set(['node_modules', 'dist', 'coverage', '.git', '.runner']);

/** A copy of this checkout in a new folder, with the installed packages linked: to be changed and built at will. */
export function copyCheckout() {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'runner-copy-')));
  cpSync(root, copy, { recursive: true, filter: (source) => !leftOut.has(relative(root, source)) });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}
