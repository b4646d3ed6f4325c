import { spawnSync } from 'node:child_process';
import { configDefaults, defineConfig } from 'vitest/config';

/**
 * `npm test`. In the mode `full` (`npm run test:full`) come those besides that need programs of the system, or longer:
 * `*.full.test.ts`. What is random does more of it for the night, see test/helpers/amount.ts.
 */
export default defineConfig(({ mode }) => {
  const isFull = mode === 'full';
  const exclude = [...configDefaults.exclude, ...(isFull ? [] : ['test/**/*.full.test.ts'])];
  // Certificates cannot be made without it.
  if (spawnSync('openssl', ['version']).error !== undefined) {
    console.warn('skipped test/**/tls*.test.ts: openssl not installed');
    exclude.push('test/**/tls*.test.ts');
  }
  return {
    test: {
      include: ['test/**/*.test.ts'],
      exclude,
      env: { TEST_FULL: isFull ? 'yes' : 'no' },
      // Nothing takes as long but on a machine that is busy with other things: tests wait for what is to happen.
      testTimeout: 300_000,
      hookTimeout: 300_000,
      // Most files start real servers and wait for them now and then: one more than a small machine has cores.
      maxWorkers: 3,
      // One process after the other for a hundred files is a good part of the time that they take.
      isolate: false,
      // The process is shared, so what a test has put in place of something has to go.
      restoreMocks: true,
      unstubEnvs: true,
      unstubGlobals: true,
    },
  };
});
