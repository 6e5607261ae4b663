import { accessSync, constants, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { RunnerError } from '../../model/errors.ts';

/** The code of an error of SQLite (`SQLITE_FULL`) or of the system (`EACCES`); empty for anything else. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** True when another process holds the file just now, and trying again soon is right. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

/** True when the bytes of the file are not those of a sound database. */
export function isDamaged(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'SQLITE_IOERR_SHORT_READ';
}

/** The fault of a file as one sentence with its name, the reason and the remedy. A RunnerError is returned as it is. */
export function toStorageFault(error: unknown, file: string): RunnerError {
  if (error instanceof RunnerError) return error;
  const { code, message, hint } = explain(error, file);
  return new RunnerError(code, message, { hint, cause: error });
}

interface Explanation {
  readonly code: 'STORAGE_UNUSABLE' | 'STORAGE_FULL' | 'STORAGE_CORRUPT';
  readonly message: string;
  readonly hint: string;
}

function explain(error: unknown, file: string): Explanation {
  const code = codeOf(error);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT' || isOutOfSpace(code, file)) {
    return {
      code: 'STORAGE_FULL',
      message: `The disk that holds ${file} is full.`,
      hint: 'Free some space; nothing that was acknowledged is lost.',
    };
  }
  if (code === 'SQLITE_NOTADB') {
    return {
      code: 'STORAGE_CORRUPT',
      message: `${file} is not an SQLite database.`,
      hint: 'Move it away, or set RUNNER_HOME to another folder; it has not been changed.',
    };
  }
  if (isDamaged(error)) {
    return {
      code: 'STORAGE_CORRUPT',
      message: `${file} is damaged or cut short.`,
      hint: 'Restore it from a backup, or move it away together with its -wal and -shm files; it has not been changed.',
    };
  }
  return { code: 'STORAGE_UNUSABLE', ...explainRefusal(code, error, file) };
}

/** SQLite calls a full disk an I/O error where it is a helper file (`-shm`) that finds no room. */
function isOutOfSpace(code: string, file: string): boolean {
  if (!code.startsWith('SQLITE_IOERR')) return false;
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize < helperFileBytes;
  } catch {
    return false;
  }
}

const helperFileBytes = 32_768;

/** SQLite says only that it cannot open the file, where its helper files cannot be made. */
function isOnReadOnlyDisk(code: string, file: string): boolean {
  if (!code.startsWith('SQLITE_CANTOPEN')) return false;
  try {
    accessSync(dirname(file), constants.W_OK);
    return false;
  } catch (error) {
    return codeOf(error) === 'EROFS';
  }
}

function explainRefusal(code: string, error: unknown, file: string): { message: string; hint: string } {
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return {
      message: `${file} is locked by another process.`,
      hint: 'End the program that holds it (a backup, or a database browser in a transaction), then try again.',
    };
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS' || isOnReadOnlyDisk(code, file)) {
    return { message: `${file} cannot be written: it is read-only.`, hint: 'Make the file and its folder writable.' };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      message: `${file} cannot be used: permission denied.`,
      hint: 'Give this user the right to read and write it, or set RUNNER_HOME to another folder.',
    };
  }
  if (code.startsWith('SQLITE_CANTOPEN')) {
    return {
      message: `${file} cannot be opened.`,
      hint: 'Check that the file and its folder can be read and written by this user.',
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    message: `${file} cannot be used: ${reason}.`,
    hint: 'Check the disk, or set RUNNER_HOME to another folder.',
  };
}
