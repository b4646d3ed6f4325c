import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** What takes longer than a test run may: `npm run test:long`. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.long.ts'],
    testTimeout: 3 * 3600 * 1000,
    hookTimeout: 3600 * 1000,
    maxWorkers: 1,
    maxConcurrency: availableParallelism(),
  },
});
