import { it } from 'vitest';
import { amount } from '../helpers/amount.ts';
import { MemoryLogs } from './logs.ts';
import { agreeOnSteps } from './property.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? amount(28, 50));
const TIME_LIMIT_MS = RUNS * 20_000;

it(
  'the engine does what the model does, and so does who follows it, in memory, over any sequence of operations',
  async () => {
    await agreeOnSteps(RUNS, TIME_LIMIT_MS, () => new MemoryLogs(), []);
  },
  1.2 * TIME_LIMIT_MS,
);
