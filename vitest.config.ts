import { defineConfig } from 'vitest/config';

// The kernel and other processes take their time on a slow machine.
const shared = {
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000 } },
} as const;

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/cli/**', 'test/docs/commands.test.ts', 'test/killer/**', 'test/soak/**'],
          globalSetup: ['test/support/generate-once.ts'],
        },
      },
      // These spawn the built `runner`.
      {
        test: {
          ...shared,
          name: 'cli',
          include: ['test/cli/**/*.test.ts', 'test/docs/commands.test.ts', 'test/killer/**/*.test.ts'],
          globalSetup: ['test/support/build-once.ts'],
        },
      },
    ],
  },
});
