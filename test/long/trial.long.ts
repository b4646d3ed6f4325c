import { it } from 'vitest';
import { expectKept } from '../trial/expectations.ts';
import { runTrial } from '../trial/trial.ts';

const JOBS = Number(process.env.JOBS ?? 200_000);

it(`keeps the groups and the limit of a queue under kill -9 of workers and server (${JOBS} jobs)`, async () => {
  const trial = {
    jobs: JOBS,
    groups: 1000,
    workers: 20,
    concurrency: 5,
    maxRunning: 5,
    killWorkerMs: 8000,
    killServerMs: 12_000,
    segmentSize: '256m',
  };
  const report = await runTrial(trial);
  console.log(JSON.stringify({ ...report, both: report.both.length, disordered: report.disordered.length }));
  expectKept(report, trial);
});
