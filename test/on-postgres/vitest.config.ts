import { defineConfig } from 'vitest/config';
import { CHOSEN } from './chosen.ts';

/**
 * The tests of the wire once more, with every server's log in PostgreSQL: `npm run test:on-postgres`. Whatever a client sees is as it
 * is on a disk. In the mode `chosen`: those that CI has.
 */
export default defineConfig(({ mode }) => ({
  test: {
    include: mode === 'chosen' ? CHOSEN : ['test/server/{commands,session,restart}/**/*.test.ts'],
    exclude: ['test/**/*.full.test.ts'],
    globalSetup: ['test/on-postgres/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A database that is not reached for 2.5 s has requests refused: what else goes on leaves room for it.
    maxWorkers: 2,
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
}));
