import { countSlots, type LimitStatements, type UseRow } from './limits-schema.ts';

/**
 * What is taken of concurrency limits, as counted last, so that it is not counted for each call that takes over a slot. The
 * file's version tells whether another connection has changed anything since; whoever changes slots or places over this
 * one says so with {@link forget}.
 */
export class SlotCounts {
  #counted: LimitStatements | undefined;
  #version: number | undefined;
  readonly #taken = new Map<string, number>();
  readonly #leases = new Map<number, number | null>();

  /** Asked within a transaction that has changed neither slots nor places. @param slot of the key, to be handed on */
  of(sql: LimitStatements, key: string, slot: number): UseRow {
    const version = sql.dataVersion.get();
    // Another connection counts versions of its own.
    if (sql !== this.#counted || version !== this.#version) this.forget();
    const [taken, lease_until] = [this.#taken.get(key), this.#leases.get(slot)];
    if (taken !== undefined && lease_until !== undefined) return { taken, lease_until };
    const use = countSlots(sql, key, { slot });
    this.#counted = sql;
    this.#version = version;
    this.#taken.set(key, use.taken);
    this.#leases.set(slot, use.lease_until);
    return use;
  }

  forget(): void {
    this.#counted = undefined;
    this.#taken.clear();
    this.#leases.clear();
  }
}
