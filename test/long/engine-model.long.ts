import { it } from 'vitest';
import { agreeOnSteps } from '../model/property.ts';

const RUNS = Number(process.env.LONG_MODEL_RUNS ?? 50_000);

it(`does what the model does, in ${RUNS} sequences of operations, restarts, crashes and power cuts`, async () => {
  await agreeOnSteps(RUNS, 2.9 * 3600 * 1000);
});
