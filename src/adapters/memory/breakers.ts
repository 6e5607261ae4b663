import type { BreakerStore } from '../../engine/ports.ts';
import type { Circuit } from '../../model/circuits.ts';

/** Circuit breakers that are forgotten with the process. */
export function createMemoryBreakers(): BreakerStore {
  const circuits = new Map<string, Circuit>();
  return {
    load: (key) => circuits.get(key),
    update: (key, change) => {
      const after = change(circuits.get(key));
      if (after === undefined) circuits.delete(key);
      else circuits.set(key, after);
    },
    list: () => [...circuits].map(([key, circuit]) => ({ key, circuit })),
  };
}
