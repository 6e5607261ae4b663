/** Writes `src/language/generated/`. */
export function generateValidators(): Promise<void>;
