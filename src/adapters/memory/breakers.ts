import type { BreakerStore } from '../../engine/ports.ts';
import type { Json } from '../../model/json.ts';

/** Circuit breakers that are forgotten with the process. */
export function createMemoryBreakers(): BreakerStore {
  const states = new Map<string, Json>();
  return {
    load: (key) => structuredClone(states.get(key)),
    save: (key, state) => void states.set(key, structuredClone(state)),
  };
}
