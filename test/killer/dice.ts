/** Whole numbers that are the same for the same seed. */
export interface Dice {
  /** From 0 (included) to `limit` (excluded). */
  below(limit: number): number;
}

export function seeded(seed: number): Dice {
  let state = seed % 2_147_483_647 || 1;
  return {
    below(limit) {
      state = (state * 48_271) % 2_147_483_647;
      return Math.floor((state / 2_147_483_647) * limit);
    },
  };
}
