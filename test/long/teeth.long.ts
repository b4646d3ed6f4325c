import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BREAKAGES, type Breakage } from '../simulation/breakages.ts';
import { compileFile, compileInto, runShare } from '../simulation/processes.ts';

/** Seeds that are tried before a breakage counts as not caught. */
const SEEDS = Number(process.env.SEEDS ?? 2000);
const TIMEOUT_MS = 600_000;

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'memq-teeth-'));
  compileInto(join(directory, 'whole'));
});

afterAll(() => {
  console.log(results.join('\n'));
  rmSync(directory, { recursive: true, force: true });
});

const results: string[] = [];

describe.concurrent('the simulation', { timeout: TIMEOUT_MS }, () => {
  it('finds nothing where nothing is broken', async () => {
    const report = await runShare(join(directory, 'whole'), { first: 1, count: SEEDS, step: 1 }, TIMEOUT_MS);
    expect(report?.failure?.text).toBeUndefined();
    expect(report?.runs).toBe(SEEDS);
  });

  it.each(BREAKAGES.map((breakage, index) => [breakage.what, index] as const))(
    'notices that %s',
    async (what, index) => {
      const breakage = BREAKAGES[index] as Breakage;
      const broken = join(directory, String(index));
      breakInto(broken, breakage);
      const report = await runShare(broken, { first: 1, count: SEEDS, step: 1 }, TIMEOUT_MS);
      const { seed, text = 'not caught' } = report?.failure ?? {};
      results[index] = `${what} | ${seed ?? 'NOT CAUGHT'} | ${text.split('\n', 1)}`;
      expect(text).toContain('To see it again');
    },
  );
});

/** Makes the program anew, with the fault. */
function breakInto(broken: string, { file, text, replacement }: Breakage): void {
  const source = readFileSync(file, 'utf8');
  expect(source.split(text), `${file} does not have exactly once: ${text}`).toHaveLength(2);
  cpSync(join(directory, 'whole'), broken, { recursive: true });
  compileFile(
    broken,
    file,
    source.replace(text, () => replacement),
  );
}
