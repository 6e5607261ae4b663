import { defineConfig } from 'vitest/config';

/** Long tests that `npm test` leaves out: `npm run test:soak`. */
export default defineConfig({
  test: {
    include: ['test/soak/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    pool: 'forks',
    testTimeout: 3_600_000,
  },
});
