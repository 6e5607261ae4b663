import { execFileSync } from 'node:child_process';

/** Builds `dist/` before the tests, because the command-line tests spawn the built `runner`. */
export function setup(): void {
  execFileSync(process.execPath, ['build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
