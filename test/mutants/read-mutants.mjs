import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The planted bugs, by name. A patch begins with `Mutant:` (what is wrong, in a sentence) and `Caught-by:` (the test
 * files that notice).
 */
export function readMutants() {
  const folder = import.meta.dirname;
  return readdirSync(folder)
    .filter((name) => name.endsWith('.patch'))
    .toSorted()
    .map((name) => {
      const file = join(folder, name);
      const text = readFileSync(file, 'utf8');
      const header = (key) => new RegExp(`^${key}: (.+)$`, 'm').exec(text)?.[1] ?? '';
      return {
        name: name.replace('.patch', ''),
        file,
        says: header('Mutant'),
        caughtBy: header('Caught-by')
          .split(' ')
          .filter((path) => path !== ''),
      };
    });
}
