import { expect, it } from 'vitest';
import { Coverage } from './coverage.ts';
import { Simulation } from './simulation.ts';

const FIRST = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.SEEDS ?? (process.env.SEED === undefined ? 300 : 1));
/** Lines of what happened before a failure that are shown. */
const DIARY = Number(process.env.DIARY ?? 40);

it(`keeps what it has promised, wherever it crashes and whatever the disk does (${COUNT} runs)`, async () => {
  const coverage = new Coverage();
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const simulation = new Simulation(seed, coverage);
    try {
      await simulation.run();
    } catch (error) {
      console.log(simulation.diary.last(DIARY));
      const again = `SEED=${seed} npx vitest run test/simulation/simulation.test.ts`;
      throw new Error(`${(error as Error).stack}\n\nTo see it again:\n  ${again}\n`);
    }
  }
  console.log(coverage.report());
  expect(coverage.crashes).toBeGreaterThan(0);
}, 3600_000);
