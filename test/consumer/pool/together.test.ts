import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Child } from '../../../consumer/pool/entry/child.ts';
import type { ChildMessage, ChildOptions } from '../../../consumer/pool/messages.ts';
import { packJobs } from '../../../consumer/pool/packed-jobs.ts';
import { RunningJobs } from '../../../consumer/pool/running-jobs.ts';
import { Deferred } from '../../../shared/deferred.ts';
import { worker } from '../../helpers/worker-file.ts';

const CONCURRENCY = 8;
const JOBS = 64;

/** What the table says while each job runs: how many have begun then, itself included, and have not ended. */
async function run(calls: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'memq-together-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'worker.mjs');
  writeFileSync(
    file,
    worker(
      `quick() { globalThis.look(); }
       slow() { globalThis.look(); for (const end = performance.now() + 5; performance.now() < end; ); }`,
      "['quick', 'slow']",
    ),
  );
  const table = new RunningJobs(calls.length);
  onTestFinished(() => table.close());
  const seen: number[] = [];
  const rows = calls.map((_, row) => row);
  const states = () => {
    table.read();
    return rows.map((row) => table.entry(row, row + 1)?.state);
  };
  const look = () => {
    const now = states();
    expect(now[seen.length]).toBe('begun');
    seen.push(now.filter((state) => state === 'begun').length);
  };
  Object.assign(globalThis, { look });
  const ended: number[] = [];
  const binding = {
    payload: { format: 'auto', charset: 'utf-8', client: undefined },
    timeoutMs: 0,
    worker: { kind: 'class', className: 'Worker', file, directory, methods: undefined, places: {} },
    concurrency: CONCURRENCY,
    output: 'pass',
    recycle: 0,
    startTimeoutMs: 60_000,
  };
  const all = new Deferred<void>();
  const send = (message: ChildMessage) => {
    if (message.type !== 'ended') return;
    ended.push(...message.done.rows);
    if (ended.length === calls.length) all.resolve();
  };
  const child = new Child({ binding, logLevel: 'silent' } as unknown as ChildOptions, table.fd, send);
  await child.load();
  const jobs = calls.map((call, row) => {
    const info = { queue: 'q', id: String(row), attempt: 1, enqueued: 0 };
    return {
      row,
      serial: row + 1,
      job: { answer: Buffer.from(`${JSON.stringify(info)}\n${call}`), flags: 0 },
    };
  });
  child.handle({ type: 'jobs', jobs: packJobs(jobs) });
  await all.promise;
  expect(ended.toSorted((a, b) => a - b)).toEqual(rows);
  return { seen, states: states() };
}

it('a job is in the table before it begins, beside no more than may run at a time', async () => {
  const { seen, states } = await run(Array.from({ length: JOBS }, () => 'quick()'));
  expect(seen[0]).toBe(1);
  expect(Math.max(...seen)).toBeLessThanOrEqual(CONCURRENCY);
  expect(new Set(states)).toEqual(new Set(['done']));
});

it('behind one that takes its time each is in the table by itself, so that it alone is to blame', async () => {
  const { seen } = await run(Array.from({ length: JOBS }, (_, i) => (i % 4 === 3 ? 'slow()' : 'quick()')));
  // The one behind a slow one.
  expect(seen.filter((_, i) => i > 0 && i % 4 === 0)).toEqual(Array(JOBS / 4 - 1).fill(1));
});
