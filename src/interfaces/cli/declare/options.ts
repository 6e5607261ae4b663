import { InvalidArgumentError } from 'commander';
import { runStatuses } from '../../../model/states.ts';
import type { RunStatus } from '../../../model/states.ts';
import { parseDuration } from '../../../model/time.ts';

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function parseLimit(text: string): number {
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 10_000) throw new InvalidArgumentError('Give a number from 1 to 10000.');
  return limit;
}

/** A length of time in milliseconds, above none. */
export function parseSpan(text: string): number {
  const span = parseDuration(text);
  if (span === undefined || span <= 0) throw new InvalidArgumentError('Give a duration such as 30s, 90m or 7d.');
  return span;
}

/** A length of time in milliseconds that may be none. */
export function parseGrace(text: string): number {
  const span = text === '0' ? 0 : parseDuration(text);
  if (span === undefined) throw new InvalidArgumentError('Give a duration such as 30s or 2m, or 0.');
  return span;
}

export function parseCount(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1_000) throw new InvalidArgumentError('Give a number from 1 to 1000.');
  return count;
}

export function parsePriority(text: string): number {
  const priority = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(priority) <= 100)) throw new InvalidArgumentError('Give a number from -100 to 100.');
  return priority;
}

export function parsePort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('Give a port from 0 to 65535; 0 takes any free one.');
  return port;
}

export function parseStatuses(text: string, before: readonly RunStatus[] | undefined): readonly RunStatus[] {
  const statuses = text.split(',').map((word) => {
    const status = runStatuses.find((known) => known === word.trim());
    if (status === undefined) throw new InvalidArgumentError(`Give one of: ${runStatuses.join(', ')}.`);
    return status;
  });
  return [...(before ?? []), ...statuses];
}

/** A point in time: a duration ago (`90m`, `1d`) or a date (`2026-11-22`, ISO 8601 with a time). */
export function parseSince(text: string): number {
  const ago = parseDuration(text);
  if (ago !== undefined) return Date.now() - ago;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('Give a duration such as 90m or 1d, or a date such as 2026-11-22.');
  return at;
}
