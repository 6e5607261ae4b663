import type { Random } from '../../engine/ports.ts';
import type { EpochMs } from '../../model/time.ts';

/** `20261122-150538-k3f9x2ab`: the time in UTC, so that ids sort by age, and 40 random bits. */
export function newRunId(now: EpochMs, random: Random): string {
  const [date = '', time = ''] = new Date(now).toISOString().split(/[T.]/);
  const tail = Array.from({ length: 8 }, () => digits[Math.floor(random() * digits.length)]).join('');
  return `${date.replaceAll('-', '')}-${time.replaceAll(':', '')}-${tail}`;
}

/** Without i, l, o and u: nobody misreads them, and no words appear. */
const digits = '0123456789abcdefghjkmnpqrstvwxyz';
