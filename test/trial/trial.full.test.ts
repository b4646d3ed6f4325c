import { it } from 'vitest';
import { expectKept } from './expectations.ts';
import { runTrial } from './trial.ts';

it('keeps the groups and the limit of a queue whose workers and server are killed again and again', async () => {
  const trial = {
    jobs: 6000,
    groups: 60,
    workers: 4,
    concurrency: 5,
    maxRunning: 8,
    killWorkerMs: 4000,
    killServerMs: 3000,
    segmentSize: '64m',
  };
  expectKept(await runTrial(trial), trial);
});
