import { it } from 'vitest';
import { amount } from '../helpers/amount.ts';
import { EXAMPLES } from './examples.ts';
import { LocalLogs } from './logs.ts';
import { agreeOnSteps } from './property.ts';

/** All examples, and some more. */
const RUNS = Number(process.env.MODEL_RUNS ?? EXAMPLES.length + amount(15, 40));
const TIME_LIMIT_MS = RUNS * 20_000;

it(
  'the engine does what the model does, and so does who follows it, on a disk, over what went wrong once and any sequence of operations, restarts, crashes and power cuts',
  async () => {
    await agreeOnSteps(RUNS, TIME_LIMIT_MS, () => new LocalLogs());
  },
  1.2 * TIME_LIMIT_MS,
);
