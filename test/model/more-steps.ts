import { it } from 'vitest';
import { amount } from '../helpers/amount.ts';
import { LocalLogs } from './logs.ts';
import { agreeOnSteps } from './property.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? amount(25, 50));
const TIME_LIMIT_MS = RUNS * 20_000;

/** One file's share of the sequences on a disk, for workers that run side by side. */
export function agreesOnMoreSteps(): void {
  it(
    'the engine does what the model does, and so does who follows it, on a disk, over more sequences of steps',
    async () => {
      await agreeOnSteps(RUNS, TIME_LIMIT_MS, () => new LocalLogs(), []);
    },
    1.2 * TIME_LIMIT_MS,
  );
}
