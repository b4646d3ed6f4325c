import { describe } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { DEATHS, type PoisonCase, runPoison } from '../../helpers/poison.ts';

const it = withWorkplace();

const ALL = (Object.keys(DEATHS) as (keyof typeof DEATHS)[])
  .flatMap((death) =>
    [1, 3, 10].flatMap((concurrency) =>
      [1, 3].flatMap((processes) =>
        [1, 2, 25].map((maxAttempts): PoisonCase => ({ death, concurrency, processes, maxAttempts })),
      ),
    ),
  )
  .filter(({ death, maxAttempts }) => maxAttempts < 25 || death === 'exit' || death === 'kill');

describe('a job that is the death of its process, among a hundred that are not', () => {
  it.for(ALL)(
    'by $death, $concurrency at a time in each of $processes processes, $maxAttempts attempts',
    (poison, { workplace }) => runPoison(workplace, poison),
  );
});
