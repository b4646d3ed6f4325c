import { it } from 'vitest';
import { agreeOnSteps } from './model/property.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 40);

it('does what the model does, over any sequence of operations, restarts, crashes and power cuts', async () => {
  await agreeOnSteps(RUNS, 100_000);
}, 120_000);
