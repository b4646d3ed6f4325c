import { describe, it } from 'vitest';
import { LocalLogs, MemoryLogs, ReplicatedLogs } from '../model/logs.ts';
import { agreeOnSteps } from '../model/property.ts';

const RUNS = Number(process.env.LONG_MODEL_RUNS ?? 50_000);
const HOURS = 3600 * 1000;

describe(`the engine does what the model does, and so does who follows it, in ${RUNS} sequences of steps`, () => {
  it('on a disk', async () => agreeOnSteps(RUNS, 2.9 * HOURS, () => new LocalLogs()));
  it('in memory', async () => agreeOnSteps(RUNS, 2.9 * HOURS, () => new MemoryLogs()));
  it('on a simulated replicated log', async () =>
    agreeOnSteps(RUNS, 2.9 * HOURS, (seed) => new ReplicatedLogs(seed)));
});
