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
  const job = { ...about, flags: 0, payload: Buffer.of(), answer: Buffer.of(), key: String(row), token: row };
  return { job, row, serial: 1, entry: state && { state, began: 0, deadline } };
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
  expect(verdicts({ culprit: { row: 2, serial: 1 } }, at(1, 'begun'), at(2, 'begun'))).toEqual([
    'returned',
    'died',
  ]);
});

it('blames nobody where nothing tells them apart, unless it runs alone the next time', () => {
  expect(verdicts({}, at(1, 'begun'), at(2, 'begun'))).toEqual(['suspect', 'suspect']);
  const culprit = { row: 3, serial: 1 };
  expect(verdicts({ culprit }, at(1, 'begun'), at(2, 'begun'), at(3, 'done'))).toEqual([
    'suspect',
    'suspect',
    'done',
  ]);
  // It had that row before.
  expect(verdicts({ culprit: { row: 1, serial: 7 } }, at(1, 'begun'))).toEqual(['suspect']);
});

it('blames what ran longer than its timeout only where it ran alone: an endless loop makes all late', () => {
  const killedAt = 10_000;
  expect(verdicts({ killedAt }, at(1, 'begun', 8000), at(2))).toEqual(['died', 'returned']);
  expect(verdicts({ killedAt }, at(1, 'begun', 8000), at(2, 'begun'), at(3, 'begun', 8001))).toEqual([
    'suspect',
    'suspect',
    'suspect',
  ]);
});

it('blames nobody for an end that was asked for', () => {
  expect(verdicts({ isOrderly: true }, at(1, 'begun'), at(2))).toEqual(['returned', 'returned']);
});
