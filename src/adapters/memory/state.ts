import type { StateStore } from '../../engine/ports.ts';
import type { Json } from '../../model/json.ts';
import { maxStoredBytes, payloadText } from '../../model/payload.ts';
import type { StateChange, StateEntry } from '../../model/requests.ts';
import type { EpochMs } from '../../model/time.ts';

/** What `state` steps keep, forgotten with the process. */
export class MemoryState implements StateStore {
  readonly #now: () => EpochMs;
  readonly #entries = new Map<string, StateEntry>();

  constructor(now: () => EpochMs) {
    this.#now = now;
  }

  get(space: string, name: string, now: EpochMs): Json | undefined {
    const entry = this.#entries.get(keyOf({ space, name }));
    return entry && isCurrent(entry, now) ? structuredClone(entry.value) : undefined;
  }

  list(prefix: string, now: EpochMs): readonly StateEntry[] {
    const found = [...this.#entries.values()].filter(
      (entry) => entry.space.startsWith(prefix) && isCurrent(entry, now),
    );
    return structuredClone(found.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)));
  }

  async keep(changes: readonly StateChange[]): Promise<void> {
    this.change(changes, this.#now());
  }

  /** @throws RunnerError PAYLOAD_TOO_LARGE: nothing is changed then */
  change(changes: readonly StateChange[], changedAt: EpochMs): void {
    const texts = changes.map((change) => stateText(change));
    for (const [index, change] of changes.entries()) {
      const { space, name } = change;
      if (change.kind === 'delete') this.#entries.delete(keyOf(change));
      else {
        const value = JSON.parse(texts[index] ?? 'null') as Json;
        const { expiresAt } = change;
        this.#entries.set(keyOf(change), {
          space,
          name,
          value,
          changedAt,
          ...(expiresAt !== undefined && { expiresAt }),
        });
      }
    }
  }
}

function stateText(change: StateChange): string | undefined {
  return change.kind === 'put' ? payloadText(`The value "${change.name}"`, change.value, maxStoredBytes) : undefined;
}

function isCurrent({ expiresAt }: StateEntry, now: EpochMs): boolean {
  return expiresAt === undefined || expiresAt > now;
}

function keyOf({ space, name }: { readonly space: string; readonly name: string }): string {
  return JSON.stringify([space, name]);
}

function orderOf({ space, name }: StateEntry): string {
  return `${space}\0${name}`;
}
