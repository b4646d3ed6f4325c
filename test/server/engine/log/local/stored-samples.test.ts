import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FORMAT_VERSION } from '../../../../../server/engine/log/codec/headers.ts';
import { nodeFileSystem } from '../../../../../server/engine/log/local/node-file-system.ts';
import { DEFAULT_POLICY, type Policy } from '../../../../../server/engine/policy.ts';
import { historyOf } from '../../../../../server/engine/records.ts';
import { row } from '../../../../../server/engine/state/message-table.ts';
import { TestEngine, textOf, turns } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';

/**
 * Data directories of each format that was released, as its server left them when it was killed: what there may be,
 * and what may become of it. They are never changed; those of a new format are written by
 * `WRITE_SAMPLE=1 npx vitest run test/server/engine/log/local/stored-samples.test.ts`.
 */
const SAMPLES = join(import.meta.dirname, '../../../../samples');
const TIME = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const LONG_NAME = '\xff'.repeat(249);
const ODD_ID = '\xc3\xa9\xff';

let directory: string;
let now: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memq-sample-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Of some queues. */
const POLICIES: Readonly<Record<string, Partial<Policy>>> = {
  mortal: { deadLetterTo: 'dead' },
  narrow: { maxItems: 2, whenFull: 'drop_oldest' },
};

function open(time: number): Promise<TestEngine> {
  now = time;
  return TestEngine.open(new MemoryDisk(), {
    fileSystem: nodeFileSystem,
    directory,
    clock: () => now,
    wallClock: () => now,
    policy: (queue) => {
      return {
        ...DEFAULT_POLICY,
        maxAttempts: 3,
        backoff: { kind: 'fixed', seconds: 600 },
        ...POLICIES[queue],
      };
    },
  });
}

/** One of everything that a log can hold. */
async function write(): Promise<void> {
  const engine = await open(TIME);
  await engine.enqueue('gone', 'dropped with its queue');
  await engine.drop('gone');
  await engine.enqueue('fifo', Buffer.from('plain \xe4\0\r\n', 'latin1'), { flags: 0xffff_ffff });
  await engine.enqueue('fifo', 'urgent', { priority: 1 });
  await engine.enqueue('fifo', 'first of all', { ahead: true });
  await engine.enqueue('fifo', 'short-lived', { exptime: 60 });
  await engine.enqueue('fifo', 'later', { delayMs: 30 * 60_000 });
  await engine.enqueue('jobs', 'leased', { jobId: 'leased' });
  await engine.reserve('jobs', { mode: 'lease', leaseMs: HOUR, holder: 'worker 1' });
  await engine.enqueue('jobs', 'opened', { jobId: 'opened' });
  await engine.reserve('jobs', { holder: 'worker 2' });
  await engine.enqueue('jobs', 'cancelled while it ran', { jobId: 'cancelled' });
  await engine.reserve('jobs', { mode: 'lease', leaseMs: HOUR });
  await engine.cancel('jobs', 'cancelled');
  await engine.enqueue('jobs', 'done', { jobId: 'done' });
  await engine.complete((await engine.reserve('jobs'))!.token, 'result');
  await engine.enqueue('jobs', 'old', { jobId: 'changed', flags: 1 });
  await engine.enqueue('jobs', 'new', { jobId: 'changed', flags: 2 });
  await engine.enqueue('failing', 'fails for good', { jobId: 'bad' });
  await engine.fail((await engine.reserve('failing', { holder: 'worker 3' }))!.token, 'no such file', true);
  await engine.enqueue('failing', 'fails once');
  await engine.fail((await engine.reserve('failing'))!.token, 'try again');
  await engine.enqueue('every', 'tick', { jobId: 'tick', everyMs: HOUR });
  await engine.complete((await engine.reserve('every'))!.token);
  const cron = { pattern: '30 3 * * *', timezone: 'Europe/Berlin' };
  await engine.schedule([
    { name: 'nightly', queue: 'reports', cron, body: Buffer.from('report()'), missed: 'once' },
  ]);
  await engine.enqueue('paused', 'kept back');
  await engine.pause('paused');
  await engine.enqueue('from', 'moved');
  await engine.move('from', 'to');
  await engine.enqueue('purged', 'purged');
  await engine.purge('purged');
  // Over several segments, the first of them freed.
  for (let i = 0; i < 150; i++) await engine.enqueue('churn', 'x'.repeat(1000));
  for (let i = 0; i < 149; i++) await engine.take('churn');
  await engine.enqueue('large', 'L'.repeat(70_000));
  await engine.enqueue('last', 'written last');
  keep(`format-${FORMAT_VERSION}`);
  await engine.close();
}

/** How messages end, come back and give way. */
async function writeOutcomes(): Promise<void> {
  const engine = await open(TIME);
  const hold = async (queue: string) => (await engine.reserve(queue, { holder: 'worker' }))!.token;
  const failFinally = async (queue: string) => engine.fail(await hold(queue), `${queue} failed`, true);
  for (const queue of ['swept', 'swept too']) await engine.enqueue(queue, 'swept');
  await engine.purge();
  await engine.enqueue('gone', 'dropped with its queue');
  await engine.drop('gone');
  await engine.enqueue('back', 'uncounted');
  await engine.release(await hold('back'), 'return');
  await engine.enqueue('back', 'counted', { ahead: true });
  await engine.release(await hold('back'), 'abort');
  await engine.enqueue('lease', 'extended', { jobId: 'extended' });
  await engine.extend((await engine.reserve('lease', { mode: 'lease', leaseMs: 1000 }))!.token, HOUR);
  await engine.enqueue('lease', 'without its id', { jobId: 'given away' });
  await engine.reserve('lease', { mode: 'lease', leaseMs: HOUR });
  await engine.enqueue('lease', 'with its id', { jobId: 'given away', delayMs: HOUR, priority: 7 });
  await engine.enqueue('mortal', 'buried', { jobId: 'buried' });
  await failFinally('mortal');
  await engine.enqueue('short', 'too late', { jobId: 'late', exptime: 1 });
  now += 2000;
  await engine.take('short');
  for (const [text, priority] of Object.entries({ 'taken out': 1, last: 3, first: 2 })) {
    await engine.enqueue('failed', text, { jobId: text, priority });
    await failFinally('failed');
  }
  await engine.take('failed', { failed: true });
  await engine.enqueue('again', 'once more', { jobId: 'again' });
  await failFinally('again');
  await engine.retryFailed('again', 30 * 60);
  await engine.enqueue('every', 'tick', { jobId: 'tick', everyMs: HOUR });
  await failFinally('every');
  await engine.enqueue('from', 'without its id', { jobId: 'same', flags: 3 });
  await engine.enqueue('to', 'with its id', { jobId: 'same', flags: 4 });
  await engine.move('from', 'to');
  await engine.pause('resumed');
  await engine.resume('resumed');
  await engine.enqueue('resumed', 'goes on');
  for (const jobId of ['a', 'b', 'c']) await engine.enqueue('narrow', jobId, { jobId });
  await engine.enqueue('cancelled', 'never', { jobId: 'never', delayMs: 1000 });
  await engine.cancel('cancelled', 'never');
  await engine.enqueue(LONG_NAME, 'odd names', { jobId: ODD_ID });
  keep(`lifecycle-${FORMAT_VERSION}`);
  await engine.close();
}

/** What is known of the deaths of those who held messages. */
async function writeDeaths(): Promise<void> {
  const engine = await open(TIME);
  const hold = async (queue: string) => (await engine.reserve(queue))!.token;
  const kill = async (queue: string) => engine.release(await hold(queue), 'death');
  await engine.enqueue('once', 'died once', { jobId: 'once' });
  await kill('once');
  await engine.enqueue('row', 'died once more', { jobId: 'row' });
  await kill('row');
  await engine.fail(await hold('row'), 'exit 1', false, true);
  await engine.enqueue('late', 'died twice in a row', { jobId: 'late', priority: 3 });
  await engine.enqueue('late', 'with no id', { priority: 2 });
  for (let i = 0; i < 2; i++) await kill('late');
  for (let i = 0; i < 2; i++) await kill('late');
  await engine.enqueue('every', 'tick', { jobId: 'tick', everyMs: HOUR });
  for (let i = 0; i < 2; i++) await kill('every');
  await engine.enqueue('failed', 'died for good', { jobId: 'failed' });
  await engine.fail(await hold('failed'), 'exit 137', true, true);
  keep(`deaths-${FORMAT_VERSION}`);
  await engine.close();
}

/** What messages say of their own attempts. */
async function writeRules(): Promise<void> {
  const engine = await open(TIME);
  const hold = async (queue: string) => (await engine.reserve(queue))!.token;
  const backoff = { kind: 'fixed', seconds: 1.5 } as const;
  await engine.enqueue('both', 'fails', { jobId: 'fails', maxAttempts: 2, backoff });
  await engine.fail(await hold('both'), 'once');
  await engine.enqueue('limit', 'no id', { maxAttempts: 65_535 });
  await engine.enqueue('backoff', 'grows', { jobId: 'grows', backoff: { kind: 'exponential' } });
  await engine.enqueue('backoff', 'none', { jobId: 'none', backoff: { kind: 'none' } });
  await engine.enqueue('every', 'tick', { jobId: 'tick', everyMs: HOUR, maxAttempts: 1 });
  await engine.fail(await hold('every'), 'for good');
  await engine.enqueue('mortal', 'buried', { jobId: 'buried', maxAttempts: 1, backoff });
  await engine.fail(await hold('mortal'), 'for good');
  const cron = { pattern: '30 3 * * *', timezone: 'Europe/Berlin' };
  const rules = { maxAttempts: 7, backoff, priority: 5 };
  await engine.schedule([
    { name: 'nightly', queue: 'reports', cron, body: Buffer.from('report()'), missed: 'once', ...rules },
  ]);
  keep(`rules-${FORMAT_VERSION}`);
  await engine.close();
}

/** Messages of groups: some run, or wait for their backoff. */
async function writeGroups(): Promise<void> {
  const engine = await open(TIME);
  const lease = { mode: 'lease', leaseMs: HOUR } as const;
  const backoff = { kind: 'fixed', seconds: 60 } as const;
  for (const group of ['a', 'b', 'c']) {
    for (const number of [1, 2])
      await engine.enqueue('q', `${group}${number}`, { group, jobId: `${group}${number}`, backoff });
  }
  await engine.reserve('q', lease);
  await engine.fail((await engine.reserve('q'))!.token, 'once');
  await engine.enqueue('q', 'none');
  await engine.enqueue('failed', 'a', { group: 'a' });
  await engine.fail((await engine.reserve('failed'))!.token, 'for good', true);
  await engine.enqueue('mortal', 'buried', { group: 'a', maxAttempts: 1 });
  await engine.fail((await engine.reserve('mortal'))!.token, 'for good');
  keep(`groups-${FORMAT_VERSION}`);
  await engine.close();
}

/** Jobs that were cancelled. */
async function writeCancels(): Promise<void> {
  const engine = await open(TIME);
  const hold = (queue: string, leaseMs = 0) =>
    engine.reserve(queue, {
      mode: leaseMs > 0 ? 'lease' : 'open',
      leaseMs,
      holder: 'worker',
      waitMs: 60_000,
    });
  await engine.enqueue('leased', 'leased', { jobId: 'leased' });
  await hold('leased', 3 * HOUR);
  await engine.enqueue('opened', 'opened', { jobId: 'opened' });
  await hold('opened');
  await engine.enqueue('every', 'tick', { jobId: 'every', everyMs: HOUR });
  await hold('every', 3 * HOUR);
  const cron = { pattern: '0 * * * *', timezone: 'UTC' };
  const line = { queue: 'reports', cron, body: Buffer.from('report()'), missed: 'once' as const };
  await engine.schedule([
    { name: 'runs', ...line },
    { name: 'ran', ...line },
  ]);
  now += HOUR;
  const tokens = [(await hold('reports', 3 * HOUR))!, (await hold('reports', 3 * HOUR))!];
  await engine.enqueue('waited', 'waited', { jobId: 'waited' });
  await engine.cancel('waited', 'waited');
  now += 1000;
  await engine.cancel('leased', 'leased');
  for (const jobId of ['opened', 'every']) await engine.cancel(jobId, jobId);
  for (const jobId of ['runs', 'ran']) await engine.cancel('reports', jobId);
  await engine.complete(tokens.find(({ jobId }) => jobId === 'ran')!.token);
  keep(`cancelled-${FORMAT_VERSION}`);
  await engine.close();
}

/** What people have done with scheduled jobs. */
async function writeSchedule(): Promise<void> {
  const engine = await open(TIME);
  const cron = { pattern: '0 * * * *', timezone: 'UTC' };
  const line = { queue: 'reports', cron, body: Buffer.from('report()'), missed: 'once' as const };
  await engine.schedule(['disabled', 'enabled', 'by hand'].map((name) => ({ name, ...line })));
  const { schedules } = engine.engine;
  for (const name of ['disabled', 'enabled']) await schedules.setDisabled(name, true);
  await schedules.setDisabled('enabled', false);
  await schedules.runNow('by hand');
  keep(`schedule-${FORMAT_VERSION}`);
  await engine.close();
}

/** Attempts that failed: with an error, and without a word since. */
async function writeAttempts(): Promise<void> {
  const engine = await open(TIME);
  const hold = async (queue: string) =>
    (await engine.reserve(queue, { holder: 'worker', waitMs: 60_000 }))!.token;
  await engine.enqueue('q', 'job', { jobId: 'j', backoff: { kind: 'none' } });
  const first = await hold('q');
  now += 1000;
  await engine.fail(first, 'Error: no\n    at call (/app/x.js:1:1)');
  const second = await hold('q');
  now += 1000;
  await engine.release(second, 'death');
  for (const error of ['no answer in 3 s', 'no answer in 20 s', 'bad']) {
    await engine.enqueue('failed', error);
    await engine.fail(await hold('failed'), error, true);
  }
  keep(`attempts-${FORMAT_VERSION}`);
  await engine.close();
}

function keep(sample: string): void {
  const target = join(SAMPLES, sample);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(directory)) {
    if (name.endsWith('.journal') || name === 'bounds')
      writeFileSync(join(target, name), readFileSync(join(directory, name)));
  }
}

if (process.env.WRITE_SAMPLE === '1') {
  it('writes a sample of the present format', write);
  it('writes another one', writeOutcomes);
  it('writes one with deaths', writeDeaths);
  it('writes one with own rules', writeRules);
  it('writes one with groups', writeGroups);
  it('writes one with cancels', writeCancels);
  it('writes one with a schedule', writeSchedule);
  it('writes one with attempts', writeAttempts);
}

it('there are samples of the present format', () => {
  const samples = [
    'format',
    'lifecycle',
    'deaths',
    'rules',
    'groups',
    'cancelled',
    'schedule',
    'attempts',
  ].map((what) => `${what}-${FORMAT_VERSION}`);
  expect(readdirSync(SAMPLES)).toEqual(expect.arrayContaining(samples));
});

describe.each(readdirSync(SAMPLES).filter((name) => name.startsWith('lifecycle-')))('%s', (sample) => {
  it('is read as it was written', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    const engine = await open(TIME + 20 * 60_000);
    const counts = (queue: string) => {
      const stats = engine.statsOf(queue);
      return stats && [stats.ready, stats.delayed, stats.reserved, stats.failed];
    };
    const none = [0, 0, 0, 0];
    expect([counts('swept'), counts('swept too'), counts('gone')]).toEqual([none, none, undefined]);
    const back = [await engine.take('back'), await engine.take('back')];
    expect(back.map((delivery) => [textOf(delivery!), delivery!.attempt])).toEqual([
      ['counted', 2],
      ['uncounted', 1],
    ]);

    expect(counts('lease')).toEqual([0, 1, 2, 0]);
    expect(await engine.status('lease', 'extended')).toMatchObject({ state: 'running', attempts: 1 });
    const second = { state: 'waiting', attempts: 0, priority: 7, dueAt: TIME + HOUR };
    expect(await engine.status('lease', 'given away')).toMatchObject(second);

    const died = { state: 'failed', attempts: 1, heldBy: 'worker', startedAt: TIME, endedAt: TIME };
    expect(await engine.status('mortal', 'buried')).toMatchObject({ ...died, error: 'mortal failed' });
    const buried = await engine.take('dead');
    expect(buried).toMatchObject({ attempt: 1, error: 'mortal failed', jobId: '', enqueuedAt: TIME });
    // That was not on record in format 1.
    const origin = { queue: 'mortal', jobId: 'buried', attempts: 1, failedAt: TIME, heldBy: 'worker' };
    expect(buried!.origin).toEqual(sample === 'lifecycle-1' ? undefined : origin);
    expect(textOf(buried!)).toBe('buried');
    expect(await engine.status('short', 'late')).toMatchObject({
      state: 'failed',
      error: 'it expired',
      endedAt: TIME + 2000,
    });
    expect(await engine.status('failed', 'taken out')).toMatchObject({
      state: 'failed',
      error: 'failed failed',
    });
    for (const jobId of ['first', 'last']) {
      expect(await engine.take('failed', { failed: true })).toMatchObject({ jobId, failedAt: TIME + 2000 });
    }
    expect(await engine.status('again', 'again')).toMatchObject({
      state: 'waiting',
      attempts: 0,
      error: 'again failed',
      dueAt: TIME + 2000 + 30 * 60_000,
    });

    expect(await engine.status('every', 'tick')).toMatchObject({
      state: 'waiting',
      dueAt: TIME + 2000 + HOUR,
      everyMs: HOUR,
    });
    expect(await engine.take('every', { failed: true })).toMatchObject({ jobId: '', error: 'every failed' });

    expect(await engine.take('to')).toMatchObject({ flags: 3, jobId: '' });
    expect(await engine.take('to')).toMatchObject({ flags: 4, jobId: 'same' });
    expect(await engine.drain('resumed')).toEqual(['goes on']);
    expect(await engine.status('narrow', 'a')).toBeUndefined();
    expect(await engine.drain('narrow')).toEqual(['b', 'c']);
    // Up to format 3 nothing was known of it any more.
    const never = await engine.status('cancelled', 'never');
    expect(never?.state).toBe(/[123]$/.test(sample) ? undefined : 'cancelled');
    expect(counts('cancelled')).toEqual(none);
    expect(await engine.take(LONG_NAME)).toMatchObject({ jobId: ODD_ID });
    await engine.close();
  });
});

describe.each(readdirSync(SAMPLES).filter((name) => name.startsWith('deaths-')))('%s', (sample) => {
  it('is read as it was written', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    const engine = await open(TIME + 60_000);
    const dueAt = TIME + 600_000;
    expect(await engine.status('row', 'row')).toMatchObject({ attempts: 2, dueAt, error: 'exit 1' });
    expect(await engine.status('late', 'late')).toMatchObject({ attempts: 2, dueAt, error: '' });
    expect(await engine.status('every', 'tick')).toMatchObject({ attempts: 2, dueAt, everyMs: HOUR });
    expect(engine.statsOf('late')).toMatchObject({ ready: 0, delayed: 2 });
    const failed = await engine.take('failed', { failed: true });
    expect(failed).toMatchObject({ attempt: 1, deaths: 1, error: 'exit 137', jobId: 'failed' });
    // It is the second in a row.
    const once = await engine.reserve('once');
    expect(once).toMatchObject({ attempt: 2, deaths: 1, isLast: false });
    await engine.release(once!.token, 'death');
    expect(await engine.status('once', 'once')).toMatchObject({ attempts: 2, dueAt: now + 600_000 });

    now = dueAt + 600_000;
    // With this one all the others are ready.
    const row = await engine.take('row', { waitMs: 60_000 });
    expect(row).toMatchObject({ attempt: 3, deaths: 2, isLast: true });
    expect(await engine.drain('late')).toEqual(['with no id', 'died twice in a row']);
    expect(await engine.take('every')).toMatchObject({ attempt: 3, deaths: 2 });
    expect(await engine.take('once')).toMatchObject({ attempt: 3, deaths: 2 });
    await engine.close();
  });
});

describe.each(readdirSync(SAMPLES).filter((name) => name.startsWith('schedule-')))('%s', (sample) => {
  it('is read as it was written', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    const engine = await open(TIME + 1000);
    const status = (jobId: string) => engine.status('reports', jobId);
    const waiting = { state: 'waiting', dueAt: TIME + HOUR };
    expect(await status('disabled')).toMatchObject({ ...waiting, isDisabled: true });
    expect(await status('enabled')).toMatchObject({ ...waiting, isDisabled: false });
    expect(await engine.take('reports')).toMatchObject({ jobId: 'by hand', attempt: 1 });
    await engine.close();
  });
});

describe.each(readdirSync(SAMPLES).filter((name) => name.startsWith('rules-')))('%s', (sample) => {
  it('is read as it was written', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    let engine = await open(TIME + 1000);
    const backoff = { kind: 'fixed', seconds: 1.5 };
    const rules = async (queue: string, jobId: string) => {
      const { maxAttempts, backoff } = (await engine.status(queue, jobId))!;
      return [maxAttempts, backoff];
    };
    expect(await rules('both', 'fails')).toEqual([2, backoff]);
    expect((await engine.status('both', 'fails'))!.dueAt).toBe(TIME + 1500);
    expect(await rules('backoff', 'grows')).toEqual([0, { kind: 'exponential' }]);
    expect(await rules('backoff', 'none')).toEqual([0, { kind: 'none' }]);
    expect(await rules('every', 'tick')).toEqual([1, undefined]);
    expect(await rules('mortal', 'buried')).toEqual([1, backoff]);
    expect(await engine.peek('dead')).toMatchObject({ attempt: 1, isLast: false });
    expect(await rules('reports', 'nightly')).toEqual([7, backoff]);
    expect(await engine.status('reports', 'nightly')).toMatchObject({ priority: 5 });
    // The queue allows three.
    for (let attempt = 1; attempt < 5; attempt++) {
      const limited = (await engine.reserve('limit'))!;
      expect(limited).toMatchObject({ attempt, isLast: false });
      await engine.release(limited.token, 'abort');
    }
    await engine.close();
    engine = await open(TIME + 1500);
    expect(await engine.reserve('both', { waitMs: 60_000 })).toMatchObject({ attempt: 2, isLast: true });
    expect(await engine.take('every', { failed: true })).toMatchObject({ error: 'for good', attempt: 1 });
    await engine.close();
  });
});

describe.each(readdirSync(SAMPLES).filter((name) => name.startsWith('attempts-')))('%s', (sample) => {
  it('is read as it was written', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    const engine = await open(TIME + 60_000);
    const { state, log } = engine;
    const slot = state.queues.get('q')!.jobs!.get('j')!;
    const record = await log.load(state.table.page(slot).position[row(slot)]!, state.sizeOf(slot));
    const silent = 'attempt 2 ended without an answer';
    expect(historyOf(record, state, slot)).toEqual([
      { startedAt: TIME, endedAt: TIME + 1000, holder: 'worker', error: 'Error: no' },
      { startedAt: TIME + 1000, endedAt: TIME + 2000, holder: 'worker', error: silent },
    ]);
    const at = { firstAt: TIME + 2000, lastAt: TIME + 2000, queue: 'failed' };
    expect(engine.engine.failures.groups()).toEqual([
      { ...at, key: 'e2d88820a1bb07ef', count: 2, sample: 'no answer in 3 s' },
      { ...at, key: '3525521cb2a36176', count: 1, sample: 'bad' },
    ]);
    expect(await engine.reserve('q')).toMatchObject({ attempt: 3, deaths: 1 });
    await engine.close();
  });
});

describe.each(readdirSync(SAMPLES).filter((name) => name.startsWith('cancelled-')))('%s', (sample) => {
  it('is read as it was written', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    const at = TIME + HOUR + 1000;
    const engine = await open(at + 60_000);
    // What was opened is over with this one.
    await turns(() => engine.statsOf('opened')!.reserved === 0);
    const reserved = ['opened', 'leased', 'every', 'reports'].map((queue) => engine.statsOf(queue)!.reserved);
    expect(reserved).toEqual([0, 1, 1, 1]);
    const status = (queue: string, jobId = queue) => engine.status(queue, jobId);
    const cancelled = { state: 'cancelled', endedAt: at };
    expect(await status('waited')).toMatchObject({ state: 'cancelled', endedAt: TIME + HOUR, attempts: 0 });
    const running = { attempts: 1, everyMs: 0 };
    for (const queue of ['leased', 'opened', 'every'])
      expect(await status(queue)).toMatchObject({ ...cancelled, ...running });
    expect(await status('reports', 'runs')).toMatchObject({ ...cancelled, cron: '0 * * * *' });
    const lastRun = { ...cancelled, error: '' };
    const next = { state: 'waiting', dueAt: TIME + 2 * HOUR };
    expect(await status('reports', 'ran')).toMatchObject({ ...next, lastRun });
    await engine.close();
  });
});

describe.each(readdirSync(SAMPLES).filter((name) => name.startsWith('format-')))('%s', (sample) => {
  it('is read as it was written', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    const engine = await open(TIME + 20 * 60_000);
    const waiting = async (queue: string): Promise<string[]> => engine.drain(queue);
    const state = async (queue: string, id: string) => (await engine.status(queue, id))?.state;

    expect(
      engine
        .pages(100)
        .map(({ name }) => name)
        .sort(),
    ).toEqual('churn every failing fifo from jobs large last paused purged reports to'.split(' '));
    const first = await engine.reserve('fifo');
    expect(textOf(first!)).toBe('first of all');
    await engine.complete(first!.token);
    expect(await engine.takeText('fifo')).toBe('urgent');
    expect(await engine.take('fifo')).toMatchObject({ flags: 0xffff_ffff, attempt: 1, enqueuedAt: TIME });
    expect(await engine.take('fifo')).toBeUndefined();
    expect(engine.statsOf('fifo')).toMatchObject({ delayed: 1, expired: 1 });

    expect(await engine.status('jobs', 'leased')).toMatchObject({ state: 'running', attempts: 1 });
    expect(await state('jobs', 'cancelled')).toBe('cancelled');
    expect(await engine.status('jobs', 'opened')).toMatchObject({ state: 'waiting', attempts: 1 });
    expect(await engine.status('jobs', 'done')).toMatchObject({
      state: 'complete',
      result: Buffer.from('result'),
      startedAt: TIME,
      endedAt: TIME,
    });
    expect(await waiting('jobs')).toEqual(['opened', 'new']);

    expect(await engine.status('failing', 'bad')).toMatchObject({
      state: 'failed',
      error: 'no such file',
      heldBy: 'worker 3',
    });
    expect((await engine.take('failing', { failed: true }))?.failedAt).toBe(TIME);
    expect(await engine.take('failing')).toMatchObject({ attempt: 2, error: 'try again' });

    expect(await engine.status('every', 'tick')).toMatchObject({ everyMs: HOUR, dueAt: TIME + HOUR });
    expect(await engine.status('reports', 'nightly')).toMatchObject({
      cron: '30 3 * * *',
      dueAt: Date.UTC(2026, 0, 1, 2, 30),
    });
    expect(await waiting('paused')).toEqual([]);
    expect(await engine.resume('paused')).toBe(true);
    expect(await waiting('paused')).toEqual(['kept back']);
    expect([await waiting('from'), await waiting('to'), await waiting('purged')]).toEqual([
      [],
      ['moved'],
      [],
    ]);
    expect(await waiting('churn')).toEqual(['x'.repeat(1000)]);
    expect(await waiting('large')).toEqual(['L'.repeat(70_000)]);
    expect(await waiting('last')).toEqual(['written last']);
    await engine.close();
  });

  it('can be written on, and read again', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    let engine = await open(TIME + HOUR / 3);
    await engine.enqueue('last', 'written since');
    await engine.close();
    engine = await open(TIME + HOUR / 3);
    expect(await engine.drain('last')).toEqual(['written last', 'written since']);
    await engine.close();
  });
});

describe.each(readdirSync(SAMPLES).filter((name) => name.startsWith('groups-')))('%s', (sample) => {
  it('is read as it was written', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    const engine = await open(TIME + 1000);
    for (const [jobId, state] of [
      ['a1', 'running'],
      ['b1', 'waiting'],
    ] as const) {
      expect(await engine.status('q', jobId)).toMatchObject({ state, group: jobId[0] });
    }
    // The first group runs, and the second one waits.
    expect(await engine.drain('q')).toEqual(['c1', 'c2', 'none']);
    expect(await engine.peek('failed', true)).toMatchObject({ group: 'a' });
    expect(await engine.peek('dead')).toMatchObject({ group: 'a', origin: { queue: 'mortal' } });
    await engine.close();
  });
});
