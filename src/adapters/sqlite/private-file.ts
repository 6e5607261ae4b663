import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from './storage-faults.ts';

/**
 * Creates a file, and its folders, for this user alone. Done before SQLite does it, so that the file is never readable
 * by others, not even for a moment. An existing file is left as it is.
 */
export function createPrivately(file: string): void {
  createFolder(dirname(file));
  try {
    // Never an existing file: closing one that this process has open in SQLite would drop SQLite's locks on it.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Not by the option `recursive` of Node, which never returns where the system denies that a parent exists (`/proc`). */
function createFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return;
  createFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}
