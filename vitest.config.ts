import { spawnSync } from 'node:child_process';
import { configDefaults, defineConfig } from 'vitest/config';

const exclude = [...configDefaults.exclude];
// Certificates cannot be made without it.
if (spawnSync('openssl', ['version']).error !== undefined) {
  console.warn('skipped test/server/net/tls.test.ts: openssl not installed');
  exclude.push('test/server/net/tls.test.ts');
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most files start real servers; two at a time is what a small machine carries without starving them.
    maxWorkers: 2,
  },
});
