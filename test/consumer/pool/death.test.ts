import { expect, it } from 'vitest';
import type { RunningJob } from '../../../consumer/pool/running-jobs.ts';
import { type JobAtExit, judge } from '../../../consumer/pool/runtime/death.ts';
import type { Exit } from '../../../consumer/pool/runtime/worker-process.ts';

const EXIT: Exit = {
  pid: 1,
  code: null,
  signal: 'SIGKILL',
  isOrderly: false,
  refusal: undefined,
  crash: undefined,
  culprit: undefined,
  isOutOfMemory: false,
  lastLines: [],
  killedAt: undefined,
};

function at(row: number, state?: RunningJob['state'], deadline = Number.POSITIVE_INFINITY): JobAtExit {
  const about = { queue: 'q', id: String(row), attempt: 1, enqueued: 0, deaths: 0, isLast: false };
  const job = { ...about, flags: 0, payload: Buffer.of(), token: row };
  return { job, row, entry: state && { state, began: 0, deadline } };
}

/** What is said of each job, in their order. */
function verdicts(exit: Partial<Exit>, ...jobs: JobAtExit[]): string[] {
  const all = judge({ ...EXIT, ...exit }, jobs);
  return jobs.map((job) => {
    const verdict = all.get(job);
    return verdict?.kind === 'failed' ? (verdict.hasDied ? 'died' : 'failed') : String(verdict?.kind);
  });
}

it('blames the only job that ran, and nobody else', () => {
  expect(verdicts({}, at(1, 'begun'), at(2), at(3, 'done'), at(4, 'failed'))).toEqual([
    'died',
    'returned',
    'done',
    'failed',
  ]);
});

it('blames the job whose code ended the process', () => {
  expect(verdicts({ culprit: 2 }, at(1, 'begun'), at(2, 'begun'))).toEqual(['returned', 'died']);
});

it('blames nobody where nothing tells them apart, unless it runs alone the next time', () => {
  expect(verdicts({}, at(1, 'begun'), at(2, 'begun'))).toEqual(['suspect', 'suspect']);
  expect(verdicts({ culprit: 3 }, at(1, 'begun'), at(2, 'begun'), at(3, 'done'))).toEqual([
    'suspect',
    'suspect',
    'done',
  ]);
});

it('blames those that ran longer than their timeout, and not what waited behind them', () => {
  const killedAt = 10_000;
  expect(verdicts({ killedAt }, at(1, 'begun', 8000), at(2, 'begun'), at(3, 'begun', 12_000))).toEqual([
    'died',
    'returned',
    'returned',
  ]);
});

it('blames nobody for an end that was asked for', () => {
  expect(verdicts({ isOrderly: true }, at(1, 'begun'), at(2))).toEqual(['returned', 'returned']);
});
