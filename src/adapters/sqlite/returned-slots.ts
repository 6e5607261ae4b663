/**
 * Slots whose calls have ended, for the rest of this turn of the event loop: the next call with the same key takes one over,
 * which spares the file two changes. What is left then is written at once.
 */
export class ReturnedSlots {
  readonly #keys = new Map<number, string>();
  readonly #writeAll: () => void;
  #isScheduled = false;

  /** @param remove removes slots from the file, where they are there still */
  constructor(remove: (ids: readonly number[]) => void) {
    this.#writeAll = () => {
      const ids = [...this.#keys.keys()];
      this.#keys.clear();
      if (ids.length > 0) remove(ids);
    };
  }

  add(id: number, key: string): void {
    this.#keys.set(id, key);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#writeAll();
    });
  }

  /** One that waits for another call. */
  spare(key: string): number | undefined {
    for (const [id, of] of this.#keys) if (of === key) return id;
    return undefined;
  }

  all(key: string): readonly number[] {
    return [...this.#keys].filter(([, of]) => of === key).map(([id]) => id);
  }

  /** A call has taken it over. */
  take(id: number): void {
    this.#keys.delete(id);
  }

  flush(): void {
    this.#writeAll();
  }
}
