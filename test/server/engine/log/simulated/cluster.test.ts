import { expect, it } from 'vitest';
import { turn } from '../../../../../server/engine/turn.ts';
import { Cluster } from './cluster.ts';

const SEEDS = Number(process.env.CLUSTER_SEEDS ?? 300);
const [FIRST, END] =
  process.env.SEED === undefined ? [1, SEEDS + 1] : [Number(process.env.SEED), Number(process.env.SEED) + 1];

it('a cluster loses nothing that it acknowledged, and tells nobody what did not happen, whatever goes wrong', async () => {
  const sum = { stored: 0, done: 0, looks: 0, doubts: 0, takeovers: 0, depositions: 0, trims: 0 };
  for (let seed = FIRST; seed < END; seed++) {
    try {
      const { account, alive } = await live(seed);
      const { sent, stored, ending, done } = account;
      expect([...stored].filter((order) => !alive.has(order) && !ending.has(order))).toEqual([]);
      expect([...done].filter((order) => alive.has(order))).toEqual([]);
      expect([...alive.keys()].filter((order) => !sent.has(order))).toEqual([]);
      sum.stored += stored.size;
      sum.done += done.size;
      for (const what of ['looks', 'doubts', 'takeovers', 'depositions', 'trims'] as const)
        sum[what] += account[what];
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
  // Runs that miss any of it prove nothing.
  if (END - FIRST >= 100) {
    for (const [what, count] of Object.entries(sum)) expect(count, what).toBeGreaterThan((END - FIRST) / 4);
  }
});

async function live(
  seed: number,
): Promise<{ account: Cluster['account']; alive: ReadonlyMap<number, number> }> {
  const cluster = new Cluster(seed);
  await cluster.run(400, turn);
  const alive = await cluster.contents(turn);
  return { account: cluster.account, alive };
}
