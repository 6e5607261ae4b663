/** Calls that may be under way at once in this process, over all its runs. Who comes first is served first. */
export class Places {
  private free: number;
  private readonly line: Set<() => void> = new Set();

  constructor(count: number) {
    this.free = count;
  }

  /** Takes a place if one is free and nobody came before. */
  take(): boolean {
    if (this.free === 0 || this.line.size > 0) return false;
    this.free -= 1;
    return true;
  }

  /**
   * Takes a place as soon as one is free.
   * @param given is told that it is taken
   * @returns a function that leaves the line; it does nothing once the place was given
   */
  await(given: () => void): () => void {
    this.line.add(given);
    return () => this.line.delete(given);
  }

  /** Gives a place back. */
  give(): void {
    const [first] = this.line;
    if (first === undefined) {
      this.free += 1;
      return;
    }
    this.line.delete(first);
    first();
  }
}
