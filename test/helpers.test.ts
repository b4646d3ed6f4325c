import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

// Files share a process (`isolate: false`): what a helper does while it is imported happens for the first of them only.
it('helpers register no hooks while they are imported', () => {
  const helpers = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.ts$/.test(file) && !/\.(test|long)\.ts$/.test(file),
  );
  expect(helpers.length).toBeGreaterThan(50);
  const hooked = helpers.filter((file) =>
    /^(before|after)(All|Each)\(/m.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
  );
  expect(hooked).toEqual([]);
});
