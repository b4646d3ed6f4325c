import { Coverage } from './coverage.ts';
import type { Report } from './processes.ts';
import { runSeed } from './seeds.ts';

// A process that runs every `step`th of `count` seeds up to the first one that fails, and reports to its parent.
const [first = 1, count = 0, step = 1] = process.argv.slice(2).map(Number);

const coverage = new Coverage();
let failure: Report['failure'];
let runs = 0;
for (let seed = first; seed < first + count && failure === undefined; seed += step) {
  runs++;
  try {
    await runSeed(seed, coverage);
  } catch (error) {
    failure = { seed, text: (error as Error).message };
  }
}
const { counts, places } = coverage;
process.send?.({ runs, failure, counts: [...counts], places: [...places] } satisfies Report);
