import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Breakage, breakInto, compileInto, type Finding } from '../helpers/program.ts';
import { BREAKAGES as STATE_BREAKAGES } from '../model/breakages.ts';
import { findWithModel } from '../model/processes.ts';
import { BREAKAGES as CLUSTER_BREAKAGES } from '../server/engine/log/simulated/breakages.ts';
import { findWithCluster } from '../server/engine/log/simulated/processes.ts';
import { BREAKAGES as CRASH_BREAKAGES } from '../simulation/breakages.ts';
import { findWithSimulation } from '../simulation/processes.ts';

/** What is tried before a breakage counts as not caught. */
const SEEDS = Number(process.env.SEEDS ?? 2000);
const CLUSTER_SEEDS = Number(process.env.CLUSTER_SEEDS ?? 300);
const RUNS = Number(process.env.MODEL_RUNS ?? 100);
const TIMEOUT_MS = 3600_000;

let directory = '';
const results: string[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'memq-teeth-'));
  compileInto(join(directory, 'whole'));
});

afterAll(() => {
  console.log(results.sort().join('\n'));
  rmSync(directory, { recursive: true, force: true });
});

hasTeeth('the simulation', CRASH_BREAKAGES, (program) => findWithSimulation(program, SEEDS, TIMEOUT_MS));
hasTeeth('the cluster', CLUSTER_BREAKAGES, (program) => findWithCluster(program, CLUSTER_SEEDS, TIMEOUT_MS));
hasTeeth('the model', STATE_BREAKAGES, (program) => findWithModel(program, RUNS, TIMEOUT_MS));

function hasTeeth(
  who: string,
  breakages: readonly Breakage[],
  find: (program: string) => Promise<Finding | undefined>,
): void {
  describe.concurrent(who, { timeout: 2 * TIMEOUT_MS }, () => {
    it('finds nothing where nothing is broken', async () => {
      expect(await find(join(directory, 'whole'))).toBeUndefined();
    });

    it.each(breakages.map((breakage, index) => [breakage.what, breakage, index] as const))(
      'notices that %s',
      async (what, breakage, index) => {
        const broken = join(directory, `${who} ${index}`);
        breakInto(broken, join(directory, 'whole'), breakage);
        const finding = await find(broken);
        const place = String(index).padStart(2, '0');
        results.push(
          `${who} ${place}: | ${what} | ${finding?.run ?? 'NOT CAUGHT'} | ${finding?.text.split('\n', 1)}`,
        );
        expect(finding).toBeDefined();
      },
    );
  });
}
