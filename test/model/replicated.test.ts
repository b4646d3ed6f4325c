import { it } from 'vitest';
import { amount } from '../helpers/amount.ts';
import { ReplicatedLogs } from './logs.ts';
import { agreeOnSteps } from './property.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? amount(28, 50));
const TIME_LIMIT_MS = RUNS * 20_000;

it(
  'the engine does what the model does, and so does who follows it, on a simulated replicated log, over any sequence of operations and takeovers',
  async () => {
    await agreeOnSteps(RUNS, TIME_LIMIT_MS, (seed) => new ReplicatedLogs(seed), []);
  },
  1.2 * TIME_LIMIT_MS,
);
