/** A time for documents: ISO 8601 with milliseconds, in UTC. */
export function isoTime(at: number): string {
  return new Date(at).toISOString();
}
