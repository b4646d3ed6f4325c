import { expect, it } from 'vitest';
import type { Account } from './account.ts';
import { FIGURES, tryCluster, tryLossyCluster } from './trial.ts';

const SEEDS = Number(process.env.CLUSTER_SEEDS ?? 300);
const ONE = process.env.SEED;

/** Tries seeds from the first one on, or the one that is asked for. */
async function trySeeds(count: number, trySeed: (seed: number) => Promise<Account>): Promise<Account[]> {
  const accounts: Account[] = [];
  const first = Number(ONE ?? 1);
  for (let seed = first; seed < first + (ONE === undefined ? count : 1); seed++) {
    try {
      accounts.push(await trySeed(seed));
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
  return accounts;
}

it('a cluster loses nothing that it acknowledged, and tells nobody what did not happen, whatever goes wrong', async () => {
  const accounts = await trySeeds(SEEDS, tryCluster);
  if (accounts.length < 100) return;
  for (const what of FIGURES) {
    const sum = accounts.reduce((all, account) => all + account[what], 0);
    expect(sum, what).toBeGreaterThan(accounts.length / 10);
  }
});

it('whoever has what the database has lost notices, and has what is left in the end', async () => {
  const accounts = await trySeeds(SEEDS / 3, tryLossyCluster);
  if (accounts.length < 100) return;
  expect(accounts.reduce((all, { lost }) => all + lost, 0)).toBeGreaterThan(accounts.length / 10);
});
