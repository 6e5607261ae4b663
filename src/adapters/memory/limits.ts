import type { LimitAnswer, LimitsHeld, LimitStore, LimitWant } from '../../engine/ports.ts';
import type { EpochMs } from '../../model/time.ts';

interface Turn {
  readonly id: number;
  readonly at: EpochMs;
}

/** Limits of this process alone, forgotten with it. */
export function createMemoryLimits(): LimitStore {
  return new MemoryLimits();
}

class MemoryLimits implements LimitStore {
  readonly #turns = new Map<string, Turn[]>();
  readonly #slots = new Map<string, Map<number, EpochMs>>();
  readonly #places = new Map<string, Set<number>>();
  #ids = 0;

  take({ turn: rate, slot: concurrency, latest, ticket }: LimitWant, now: EpochMs): LimitAnswer {
    if (concurrency && !this.#isFree(concurrency, ticket, now)) {
      return { kind: 'full', ticket: ticket ?? this.#addPlace(concurrency.key) };
    }
    const due = rate && this.#dueOf(rate, now);
    if (due !== undefined && due > (latest ?? Number.POSITIVE_INFINITY)) return { kind: 'too_late', due };
    if (concurrency && ticket !== undefined) this.#places.get(concurrency.key)?.delete(ticket);
    const turn = rate && due !== undefined ? this.#addTurn(rate.key, due) : undefined;
    if (turn !== undefined && due !== undefined && due > now) return { kind: 'later', turn, due };
    const slot = concurrency && this.#addSlot(concurrency.key, now + concurrency.leaseMs);
    return { kind: 'granted', ...(turn === undefined ? {} : { turn }), ...(slot === undefined ? {} : { slot }) };
  }

  giveBack({ turn, slot, ticket }: LimitsHeld): void {
    if (slot !== undefined) for (const slots of this.#slots.values()) slots.delete(slot);
    if (ticket !== undefined) for (const places of this.#places.values()) places.delete(ticket);
    if (turn === undefined) return;
    for (const [key, turns] of this.#turns) {
      this.#turns.set(
        key,
        turns.filter(({ id }) => id !== turn),
      );
    }
  }

  #isFree({ key, max }: NonNullable<LimitWant['slot']>, ticket: number | undefined, now: EpochMs): boolean {
    const slots = this.#slots.get(key) ?? new Map<number, EpochMs>();
    for (const [slot, leaseUntil] of slots) if (leaseUntil < now) slots.delete(slot);
    const before = [...(this.#places.get(key) ?? [])].filter((place) => place < (ticket ?? Number.POSITIVE_INFINITY));
    return slots.size + before.length < max;
  }

  #dueOf({ key, max, perMs }: NonNullable<LimitWant['turn']>, now: EpochMs): EpochMs {
    const leaving = this.#turns.get(key)?.at(-max);
    return leaving === undefined ? now : Math.max(now, Math.ceil(leaving.at + perMs));
  }

  #addTurn(key: string, at: EpochMs): number {
    this.#ids += 1;
    this.#turns.set(key, [...(this.#turns.get(key) ?? []), { id: this.#ids, at }]);
    return this.#ids;
  }

  #addSlot(key: string, leaseUntil: EpochMs): number {
    this.#ids += 1;
    const slots = this.#slots.get(key) ?? new Map<number, EpochMs>();
    this.#slots.set(key, slots.set(this.#ids, leaseUntil));
    return this.#ids;
  }

  #addPlace(key: string): number {
    this.#ids += 1;
    this.#places.set(key, (this.#places.get(key) ?? new Set()).add(this.#ids));
    return this.#ids;
  }
}
