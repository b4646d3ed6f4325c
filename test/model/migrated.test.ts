import { it } from 'vitest';
import { amount } from '../helpers/amount.ts';
import { MigratingLogs } from './logs.ts';
import { agreeOnSteps } from './property.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? amount(14, 50));
const TIME_LIMIT_MS = RUNS * 20_000;

it(
  'the engine does what the model does, over any sequence of operations, crashes and migrations from a disk to a replicated log and back',
  async () => {
    await agreeOnSteps(RUNS, TIME_LIMIT_MS, (seed) => new MigratingLogs(seed), []);
  },
  1.2 * TIME_LIMIT_MS,
);
