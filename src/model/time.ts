/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const short = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const iso = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * The milliseconds of a duration such as `500ms`, `10s`, `1.5h`, `1d` or ISO 8601 (`PT5M`, `P1DT2H`, `P2W`);
 * undefined for any other text. Months and years have no fixed length and are not durations.
 */
export function parseDuration(text: string): number | undefined {
  const simple = short.exec(text);
  if (simple) return Math.round(Number(simple[1]) * (unitMs[simple[2] ?? ''] ?? Number.NaN));
  const parts = iso.exec(text);
  if (!parts || text.endsWith('P') || text.endsWith('T')) return undefined;
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  const wholeDays = (weeks ?? 0) * 7 + (days ?? 0);
  return Math.round((((wholeDays * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1_000);
}

/** A duration for people: `12ms`, `1.2s`, `3m 05s`, `2h 10m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1_000) return `${whole}ms`;
  if (whole < 59_950) return `${(whole / 1_000).toFixed(whole < 10_000 ? 1 : 0)}s`;
  const seconds = Math.round(whole / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** `2026-11-22 15:05:38 UTC` */
export function formatTime(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
