import { tryCluster, tryLossyCluster } from './trial.ts';

/** Tries seeds up to a number, and tells its parent of the first that fails; of 0 where none does. */
const most = Number(process.argv[2]);

let report = { seed: 0, text: '' };
for (let seed = 1; seed <= most && report.seed === 0; seed++) {
  try {
    await tryCluster(seed);
    await tryLossyCluster(seed);
  } catch (error) {
    report = { seed, text: (error as Error).message };
  }
}
process.send?.(report);
