import { it } from 'vitest';
import { LocalLogs } from './logs.ts';
import { agreeOnSteps } from './property.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 50);
const TIME_LIMIT_MS = RUNS * 2500;

it(
  'the engine does what the model does, and so does who follows it, on a disk, over more sequences of steps',
  async () => {
    await agreeOnSteps(RUNS, TIME_LIMIT_MS, () => new LocalLogs(), []);
  },
  1.2 * TIME_LIMIT_MS,
);
