import { it } from 'vitest';
import { agreeOnSteps } from './property.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 15);
const TIME_LIMIT_MS = RUNS * 2500;

it(
  'does what the model does, over more sequences of operations, restarts, crashes and power cuts',
  async () => {
    await agreeOnSteps(RUNS, TIME_LIMIT_MS, []);
  },
  1.2 * TIME_LIMIT_MS,
);
