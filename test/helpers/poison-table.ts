import { describe } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { type PoisonCase, runPoison } from './poison.ts';

/** Each number of jobs at a time, of processes and of attempts. */
const ROWS = [1, 3, 10].flatMap((concurrency) =>
  [1, 3].flatMap((processes) => [1, 2, 25].map((maxAttempts) => ({ concurrency, processes, maxAttempts }))),
);

/** Tests that a poison job takes nobody along, for all rows of a death; of `others` a few. */
export function testPoison(death: PoisonCase['death'], others: readonly PoisonCase['death'][]): void {
  const it = withWorkplace();
  const all = ROWS.map((row): PoisonCase => ({ death, ...row }));
  for (const other of others) {
    all.push({ death: other, concurrency: 3, processes: 1, maxAttempts: 1 });
    all.push({ death: other, concurrency: 10, processes: 3, maxAttempts: 2 });
  }
  describe('a job that is the death of its process, among a hundred that are not', () => {
    it.for(all)(
      'by $death, $concurrency at a time in each of $processes processes, $maxAttempts attempts',
      (poison, { workplace }) => runPoison(workplace, poison),
    );
  });
}
