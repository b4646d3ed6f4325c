import { describe } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { type PoisonCase, runPoison } from '../../helpers/poison.ts';

const it = withWorkplace();

describe('a job that is the death of its process, among a hundred that are not', () => {
  it.for([
    { death: 'exit', concurrency: 3, processes: 1, maxAttempts: 1 },
    { death: 'kill', concurrency: 10, processes: 3, maxAttempts: 2 },
  ] satisfies PoisonCase[])(
    'by $death, $concurrency at a time in each of $processes processes, $maxAttempts attempts',
    (poison, { workplace }) => runPoison(workplace, poison),
  );
});
