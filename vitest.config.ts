import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most files start real servers; two at a time is what a small machine carries without starving them.
    maxWorkers: 2,
  },
});
