import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What no call has given for so long is forgotten. */
const longestKeptMs = 30 * 86_400_000;
/** Of all files together; beyond it the oldest go first. */
const mostBytes = 1_073_741_824;
/** A run under way may still hand such a file on, so it stays whatever the size of all is. */
const surelyKeptMs = 3_600_000;
const trimAgainMs = 600_000;

const trimmedAt = new Map<string, number>();

/** Trims the folder in the background, now and then. What cannot be removed is left to the next time. */
export function trimNowAndThen(folder: string, now: number): void {
  if (now - (trimmedAt.get(folder) ?? Number.NEGATIVE_INFINITY) < trimAgainMs) return;
  trimmedAt.set(folder, now);
  void trimContent(folder, now).catch(() => undefined);
}

/** Removes the files that are too old, and the oldest while all of them are too large; none that is an hour young. */
export async function trimContent(folder: string, now: number, largest = mostBytes): Promise<void> {
  const files = (await Promise.all((await readdir(folder)).map((name) => fileAt(join(folder, name))))).flat();
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size, usedAt } of files.toSorted((a, b) => a.usedAt - b.usedAt)) {
    const ageMs = now - usedAt;
    if (ageMs < surelyKeptMs || (ageMs < longestKeptMs && total <= largest)) return;
    await unlink(path).catch(() => undefined);
    total -= size;
  }
}

interface StoredFile {
  readonly path: string;
  readonly size: number;
  readonly usedAt: number;
}

/** Another process may have removed it meanwhile. */
async function fileAt(path: string): Promise<readonly StoredFile[]> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() === true ? [{ path, size: stats.size, usedAt: stats.mtimeMs }] : [];
}
