import type { Coverage } from './coverage.ts';
import { Simulation } from './simulation.ts';

/** Lines of what happened before a failure that are shown. */
const DIARY = Number(process.env.DIARY ?? 40);

/** Runs what a seed makes. Throws an error that says what was wrong, what came before, and how to see it again. */
export async function runSeed(seed: number, coverage: Coverage): Promise<void> {
  const simulation = new Simulation(seed, coverage);
  try {
    await simulation.run();
  } catch (error) {
    const again = `SEED=${seed} npx vitest run test/simulation`;
    const story = simulation.diary.last(DIARY);
    throw new Error(`${(error as Error).stack}\n\n${story}\n\nTo see it again:\n  ${again}\n`);
  }
}
