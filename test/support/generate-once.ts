import { generateValidators } from '../../schemas/generate-validators.mjs';

/** Generates the schema validators before the tests, because the loader imports them. */
export async function setup(): Promise<void> {
  await generateValidators();
}
