import { it } from 'vitest';
import { tryCluster, tryLossyCluster } from '../server/engine/log/simulated/trial.ts';

const FIRST = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.SEEDS ?? 20_000);

it.each([
  ['keeps what it has acknowledged, whatever goes wrong', tryCluster],
  ['notices what its database has lost', tryLossyCluster],
] as const)(`a cluster %s (${COUNT} runs)`, async (_what, trySeed) => {
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    await trySeed(seed).catch((cause: Error) => {
      throw new Error(`seed ${seed}: ${cause.message}`, { cause });
    });
  }
});
