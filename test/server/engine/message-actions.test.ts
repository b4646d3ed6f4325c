import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  Action,
  ActionRequest,
  ActionVerb,
  CancelledLease,
  ListedState,
  MessageRef,
} from '../../../server/engine/api.ts';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { idOf } from '../../../server/engine/state/message-table.ts';
import { type Options, TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';
import { CLOCK, enqueueMany, MANY, open } from './very-many.ts';

const policyOf = (changes: Partial<Policy>) => () => ({ ...DEFAULT_POLICY, ...changes });

/** The same on a disk of which nothing is in memory, and in memory. */
const LOGS: [string, (options?: Options) => Promise<TestEngine>][] = [
  ['on a disk', (options) => open(new MemoryDisk(), { cacheSize: 0, ...options })],
  ['in memory', (options) => TestEngine.openInMemory({ clock: () => CLOCK.now, ...options })],
];

/** The handle of the message of an id, which may be on its way out. */
function refOf({ state }: TestEngine, id: number): MessageRef {
  for (const slot of state.table.slots()) if (idOf(state.orderOf(slot)) === id) return { slot, id };
  throw new Error(`there is no message ${id}`);
}

function refOfJob(test: TestEngine, queue: string, jobId: string): MessageRef {
  const found = test.state.queues.get(queue);
  const slot = found && test.state.slotOfJob(found, jobId);
  if (slot === undefined) throw new Error(`there is no job ${jobId}`);
  return { slot, id: idOf(test.state.orderOf(slot)) };
}

function act(
  test: TestEngine,
  verb: ActionVerb,
  select: ActionRequest['select'],
  options: Partial<ActionRequest> = {},
): Promise<Action> {
  return test.engine.actions.begin({ verb, select, delayMs: 0, ...options });
}

const filter = (queue: string, state: ListedState, more = {}) => ({ filter: { queue, state, ...more } });
const why = ({ skipped }: Action) => skipped.map((each) => each.why);

async function fail(test: TestEngine, queue: string, error = 'bad', final = true): Promise<void> {
  const delivery = await test.reserve(queue);
  await test.fail(delivery?.token ?? 0, error, final);
}

async function failMany(test: TestEngine, queue: string, count: number): Promise<void> {
  await enqueueMany(test, queue, count);
  const held = await Promise.all(Array.from({ length: count }, () => test.reserve(queue)));
  await Promise.all(held.map((each) => test.fail(each?.token ?? 0, 'bad', true)));
}

describe.each(LOGS)('an action on messages %s', (_name, openEngine) => {
  it('retries what has failed, as new, and what waits for its backoff, at once', async () => {
    const test = await openEngine();
    const first = await test.enqueue('q', 'first', { exptime: 60 });
    await fail(test, 'q');
    const second = await test.enqueue('q', 'second');
    await fail(test, 'q', 'once', false);
    const ready = await test.enqueue('q', 'ready');
    expect(test.statsOf('q')).toMatchObject({ failed: 1, delayed: 1, ready: 1 });
    const refs = [first, second, ready].map((id) => refOf(test, id));
    const action = await act(test, 'retry', { refs });
    expect(action).toMatchObject({ verb: 'retry', state: 'done', total: 3, done: 2, skippedCount: 1 });
    expect(action.skipped).toEqual([{ ref: refs[2], why: 'ready' }]);
    expect(test.statsOf('q')).toMatchObject({ failed: 0, delayed: 0, ready: 3 });
    expect((await test.reserve('q'))?.attempt).toBe(1);
    expect((await test.reserve('q'))?.attempt).toBe(2);
    await test.close();
  });

  it('retries after a delay', async () => {
    const test = await openEngine();
    const first = await test.enqueue('q', 'first');
    await fail(test, 'q');
    await act(test, 'retry', { refs: [refOf(test, first)] }, { delayMs: 5000 });
    expect(test.statsOf('q')).toMatchObject({ failed: 0, delayed: 1, ready: 0 });
    await test.close();
  });

  it('discards whatever nobody holds, without a trace', async () => {
    const test = await openEngine({ policy: policyOf({ keepDoneMs: 60_000 }) });
    await test.enqueue('q', 'failed', { jobId: 'failed' });
    await fail(test, 'q');
    await test.enqueue('q', 'ended', { jobId: 'ended' });
    await test.take('q');
    await test.enqueue('q', 'held', { jobId: 'held' });
    const held = await test.reserve('q');
    await test.enqueue('q', 'ready', { jobId: 'ready' });
    await test.enqueue('q', 'every', { jobId: 'every', everyMs: 1000, delayMs: 5000 });
    const ids = ['failed', 'ended', 'held', 'ready', 'every'];
    const action = await act(test, 'discard', { refs: ids.map((id) => refOfJob(test, 'q', id)) });
    expect(action).toMatchObject({ state: 'done', done: 4, skippedCount: 1 });
    expect(why(action)).toEqual(['reserved']);
    for (const id of ['failed', 'ended', 'ready', 'every'])
      expect(await test.status('q', id)).toBeUndefined();
    expect(await test.complete(held?.token ?? 0)).toBe(true);
    await test.close();
  });

  it('cancels what waits or runs, with an id or without', async () => {
    const told: CancelledLease[] = [];
    const test = await openEngine({
      onCancelled: (lease) => told.push(lease),
      policy: policyOf({ keepDoneMs: 60_000 }),
    });
    const held = await test.enqueue('q', 'held');
    const lease = await test.reserve('q', { mode: 'lease', leaseMs: 10_000, holder: 'me' });
    const waiting = await test.enqueue('q', 'waiting');
    await test.enqueue('q', 'job', { jobId: 'job' });
    const refs = [refOf(test, held), refOf(test, waiting), refOfJob(test, 'q', 'job')];
    const action = await act(test, 'cancel', { refs });
    expect(action).toMatchObject({ state: 'done', done: 3, skippedCount: 0 });
    expect(told).toMatchObject([{ queue: 'q', jobId: '', token: lease?.token, holder: 'me' }]);
    await turns(() => test.statsOf('q')?.reserved === 1);
    expect(test.statsOf('q')).toMatchObject({ ready: 0, reserved: 1, cancelled: 3 });
    expect(await test.status('q', 'job')).toMatchObject({ state: 'cancelled' });
    expect(why(await act(test, 'cancel', { refs }))).toEqual(['cancelled', 'gone', 'ended']);
    expect(await test.extend(lease?.token ?? 0, 1000)).toBe(false);
    expect(await test.complete(lease?.token ?? 0)).toBe(false);
    expect(test.statsOf('q')).toMatchObject({ reserved: 0 });
    await test.close();
  });

  it('runs now what is delayed, a job that repeats as well', async () => {
    const test = await openEngine();
    await test.enqueue('q', 'later', { delayMs: 60_000, jobId: 'later' });
    await test.enqueue('q', 'every', { delayMs: 60_000, jobId: 'every', everyMs: 60_000 });
    const cron = { pattern: '0 0 1 1 *', timezone: 'UTC' };
    await test.schedule([{ name: 'yearly', queue: 'q', cron, body: Buffer.from('cron'), missed: 'skip' }]);
    const refs = ['later', 'every', 'yearly'].map((id) => refOfJob(test, 'q', id));
    expect(await act(test, 'run', { refs })).toMatchObject({ done: 3 });
    expect(why(await act(test, 'run', { refs }))).toEqual(['ready', 'ready', 'ready']);
    expect(await test.drain('q')).toEqual(['later', 'every', 'cron']);
    // Both wait for their next time.
    expect(test.statsOf('q')).toMatchObject({ delayed: 2 });
    await test.close();
  });

  it('leaves to the configuration what is scheduled: only its run can be discarded or cancelled', async () => {
    const test = await openEngine();
    const cron = { pattern: '0 0 1 1 *', timezone: 'UTC' };
    await test.schedule([{ name: 'yearly', queue: 'q', cron, body: Buffer.from('cron'), missed: 'skip' }]);
    const refs = [refOfJob(test, 'q', 'yearly')];
    for (const verb of ['discard', 'cancel', 'move'] as const)
      expect(why(await act(test, verb, { refs }, { to: 'other' }))).toEqual(['scheduled']);
    for (const verb of ['discard', 'cancel'] as const) {
      await act(test, 'run', { refs });
      expect(await act(test, verb, { refs })).toMatchObject({ done: 1 });
      await turns(() => test.statsOf('q')?.reserved === 0);
      expect(test.statsOf('q')).toMatchObject({ ready: 0, delayed: 1 });
    }
    await test.close();
  });

  it('moves what has failed to the group of its error in the other queue', async () => {
    const test = await openEngine();
    const ids = [];
    for (const error of ['bad', 'worse', 'bad']) {
      ids.push(await test.enqueue('q', 'job'));
      await fail(test, 'q', error);
    }
    await test.enqueue('other', 'job');
    await fail(test, 'other', 'worse');
    const groups = (queue: string) =>
      test.engine.failures.groups(queue).map(({ count, sample }) => `${count} ${sample}`);
    const refs = ids.map((id) => refOf(test, id));
    await act(test, 'move', { refs: refs.slice(0, 2) }, { to: 'other' });
    expect(groups('q')).toEqual(['1 bad']);
    expect(groups('other')).toEqual(['2 worse', '1 bad']);
    await act(test, 'move', { refs }, { to: 'new' });
    await act(test, 'discard', { refs: refs.slice(0, 1) });
    expect(groups('new').sort()).toEqual(['1 bad', '1 worse']);
    expect(groups('other')).toEqual(['1 worse']);
    expect(test.engine.failures.groups('q')).toEqual([]);
    await test.close();
  });

  it('moves what waits and what has failed, without an id that is taken there', async () => {
    const test = await openEngine();
    await test.enqueue('q', 'failed', { jobId: 'a', group: 'g' });
    await fail(test, 'q');
    await test.enqueue('q', 'waits', { jobId: 'b' });
    await test.enqueue('other', 'there', { jobId: 'b' });
    const refs = [refOfJob(test, 'q', 'a'), refOfJob(test, 'q', 'b'), refOfJob(test, 'other', 'b')];
    const action = await act(test, 'move', { refs }, { to: 'other' });
    expect(action).toMatchObject({ state: 'done', done: 2, skipped: [{ ref: refs[2], why: 'there' }] });
    expect(test.statsOf('q')).toMatchObject({ ready: 0, failed: 0 });
    expect(test.statsOf('other')).toMatchObject({ ready: 2, failed: 1 });
    expect(await test.status('other', 'a')).toMatchObject({ state: 'failed', group: 'g' });
    expect(await test.retryFailed('other')).toBe(1);
    expect(await test.drain('other')).toEqual(['failed', 'waits', 'there']);
    await test.close();
  });

  it('has of a filter what it matches when it begins', async () => {
    const test = await openEngine();
    await test.enqueue('q', 'red apple', { group: 'fruit' });
    await test.enqueue('q', 'red brick', { jobId: 'apple-2' });
    await test.enqueue('q', 'green pear', { group: 'fruit' });
    await test.enqueue('q', 'old', { group: 'fruit', exptime: -1 });
    await test.enqueue('q', 'late', { group: 'fruit', delayMs: 5000 });
    const { actions } = test.engine;
    expect(await actions.count(filter('q', 'ready'))).toBe(3);
    expect(await actions.count(filter('q', 'ready', { group: 'fruit' }))).toBe(2);
    expect(await actions.count(filter('q', 'ready', { text: 'apple' }))).toBe(2);
    expect(await actions.count(filter('q', 'ready', { text: 'apple', group: 'fruit' }))).toBe(1);
    expect(await actions.count(filter('nowhere', 'ready'))).toBe(0);
    expect(await act(test, 'discard', filter('q', 'ready', { text: 'apple' }))).toMatchObject({
      total: 2,
      done: 2,
    });
    expect(await act(test, 'discard', filter('q', 'ready', { group: 'fruit' }))).toMatchObject({ done: 1 });
    expect(test.statsOf('q')).toMatchObject({ ready: 0, delayed: 1 });
    await test.close();
  });

  it('looks for a text in errors, too', async () => {
    const test = await openEngine();
    for (const error of ['no route to héla', 'disk full', 'disk full']) {
      await test.enqueue('q', 'job');
      await fail(test, 'q', error);
    }
    expect(await act(test, 'retry', filter('q', 'failed', { text: 'héla' }))).toMatchObject({ done: 1 });
    expect(test.statsOf('q')).toMatchObject({ failed: 2, ready: 1 });
    await test.close();
  });

  it('takes what has expired for gone', async () => {
    const test = await openEngine();
    const now = CLOCK.now;
    const id = await test.enqueue('q', 'short', { exptime: 1, delayMs: 5000 });
    const ref = refOf(test, id);
    CLOCK.now += 2000;
    expect(await test.engine.actions.count({ refs: [ref] })).toBe(0);
    expect(why(await act(test, 'run', { refs: [ref] }))).toEqual(['gone']);
    expect(await test.engine.actions.count(filter('q', 'delayed'))).toBe(0);
    CLOCK.now = now;
    await test.close();
  });

  it('goes on by itself with very many, and touches nothing that comes later', async () => {
    const test = await openEngine();
    await failMany(test, 'q', 1500);
    const action = await act(test, 'retry', filter('q', 'failed'));
    expect(action).toMatchObject({ state: 'running', total: 1500 });
    await test.enqueue('q', 'later', { priority: 0 });
    await fail(test, 'q', 'later');
    await turns(() => action.state !== 'running');
    expect(test.engine.actions.get(action.id)).toMatchObject({ state: 'done', done: 1500, skippedCount: 0 });
    expect(test.statsOf('q')).toMatchObject({ failed: 1, ready: 1500 });
    await test.close();
  });

  it('skips what is gone or elsewhere when it comes to it', async () => {
    const test = await openEngine();
    await enqueueMany(test, 'q', 1500);
    const action = await act(test, 'move', filter('q', 'ready'), { to: 'other' });
    // Of those that are still to be moved.
    const taken = await test.drain('q');
    await turns(() => action.state !== 'running');
    expect(action).toMatchObject({ state: 'done', total: 1500, skippedCount: taken.length });
    expect(taken.length).toBeGreaterThan(0);
    expect(action.done + taken.length).toBe(1500);
    expect(test.statsOf('other')).toMatchObject({ ready: action.done });
    await test.close();
  });

  it('can be aborted: what was done stays done', async () => {
    const test = await openEngine();
    await enqueueMany(test, 'q', 1500);
    const { actions } = test.engine;
    const action = await act(test, 'discard', filter('q', 'ready'));
    await turns(() => action.done > 0);
    expect(actions.abort(action.id)).toBe(true);
    expect(actions.abort(action.id)).toBe(false);
    expect(actions.abort('nothing')).toBe(false);
    const { done } = action;
    await turns(() => false);
    expect(action).toMatchObject({ state: 'aborted', done, total: 1500 });
    expect(test.statsOf('q')).toMatchObject({ ready: 1500 - done });
    await test.close();
  });

  it('skips what a move of all has put aside', async () => {
    const test = await openEngine();
    await enqueueMany(test, 'q', MANY, 'job-');
    const ref = refOfJob(test, 'q', `job-${MANY - 1}`);
    const moving = test.move('q', 'other');
    expect(why(await act(test, 'discard', { refs: [ref] }))).toEqual(['busy']);
    expect(await test.engine.actions.count(filter('q', 'ready'))).toBe(0);
    expect(await moving).toBe(MANY);
    await test.close();
  });

  it('ends when the queue that it moves to is dropped, or its own', async () => {
    const test = await openEngine();
    await enqueueMany(test, 'q', 1500);
    const moving = await act(test, 'move', filter('q', 'ready'), { to: 'other' });
    await test.drop('other');
    await turns(() => moving.state !== 'running');
    expect(moving).toMatchObject({ state: 'failed', error: expect.stringMatching(/dropped/) });
    const discarding = await act(test, 'discard', filter('q', 'ready'));
    await test.drop('q');
    await turns(() => discarding.state !== 'running');
    expect(discarding.state).toBe('done');
    expect(discarding.done + discarding.skippedCount).toBe(discarding.total);
    await test.close();
  });

  it('ends with the server', async () => {
    const test = await openEngine();
    await enqueueMany(test, 'q', 1500);
    const action = await act(test, 'discard', filter('q', 'ready'));
    await test.close();
    await turns(() => action.state !== 'running');
    expect(action).toMatchObject({ state: 'failed', error: 'the server is stopping' });
    await expect(act(test, 'discard', filter('q', 'ready'))).rejects.toThrow(/stopping/);
    await expect(test.engine.actions.count(filter('q', 'ready'))).rejects.toThrow(/stopping/);
  });

  it('is refused where there are too many queues for another one', async () => {
    const test = await openEngine({ maxQueues: 1 });
    const id = await test.enqueue('q', 'body');
    const refs = [refOf(test, id)];
    await expect(act(test, 'move', { refs }, { to: 'other' })).rejects.toThrow(/1 queues already/);
    expect(test.engine.actions.all()).toEqual([]);
    await test.close();
  });

  it('is kept for an hour, and of the last thousand', async () => {
    const test = await openEngine();
    const now = CLOCK.now;
    const { actions } = test.engine;
    const ids: string[] = [];
    for (let i = 0; i < 1001; i++) ids.push((await act(test, 'discard', { refs: [] })).id);
    expect(new Set(ids).size).toBe(1001);
    expect(actions.get(ids[0])).toBeUndefined();
    expect(actions.all().map(({ id }) => id)).toEqual(ids.slice(1));
    CLOCK.now += 60 * 60 * 1000;
    expect(actions.get(ids[1000])).toBeUndefined();
    expect(actions.all()).toEqual([]);
    CLOCK.now = now;
    await test.close();
  });
});

it('what is done is on the disk when up to a hundred are answered', async () => {
  const disk = new MemoryDisk();
  const test = await open(disk);
  await test.enqueue('q', 'failed', { jobId: 'f' });
  await fail(test, 'q');
  await test.enqueue('q', 'delayed', { delayMs: 60_000, jobId: 'd' });
  await test.enqueue('q', 'gone', { jobId: 'g' });
  const held = await test.enqueue('q', 'held', { priority: 0 });
  await test.reserve('q', { mode: 'lease', leaseMs: 60_000 });
  await act(test, 'move', { refs: [refOfJob(test, 'q', 'f')] }, { to: 'other' });
  await act(test, 'run', { refs: [refOfJob(test, 'q', 'd')] });
  await act(test, 'discard', { refs: [refOfJob(test, 'q', 'g')] });
  await act(test, 'cancel', { refs: [refOf(test, held)] });
  // All that is not synced is lost.
  const copy = disk.powerCut(() => 0.99);
  const next = await open(copy);
  expect(next.statsOf('q')).toMatchObject({ ready: 1, delayed: 0, reserved: 1, failed: 0 });
  expect(next.statsOf('other')).toMatchObject({ failed: 1 });
  expect(why(await act(next, 'cancel', { refs: [refOf(next, held)] }))).toEqual(['cancelled']);
  await next.close();
  await test.close();
});

it('that finds no space ends, with what was done; what has done nothing is refused', async () => {
  const disk = new MemoryDisk();
  const test = await open(disk, { segmentSize: 64 * 1024 });
  await Promise.all(Array.from({ length: 300 }, () => test.enqueue('q', 'x'.repeat(1000))));
  const held = await Promise.all(Array.from({ length: 300 }, () => test.reserve('q')));
  await Promise.all(held.map((each) => test.fail(each?.token ?? 0, 'bad', true)));
  disk.capacity = test.log.bytes;
  const action = await act(test, 'retry', filter('q', 'failed'));
  await turns(() => action.state !== 'running');
  expect(action).toMatchObject({
    state: 'failed',
    total: 300,
    error: expect.stringMatching(/ENOSPC|full|space/),
  });
  expect(action.done).toBeGreaterThan(0);
  expect(test.statsOf('q')).toMatchObject({ ready: action.done, failed: 300 - action.done });
  const refs = [refOf(test, 300)];
  await expect(act(test, 'retry', { refs })).rejects.toThrow(action.error);
  expect(test.statsOf('q')).toMatchObject({ ready: action.done });
  // What makes room goes on.
  const discarded = await act(test, 'discard', filter('q', 'ready'));
  await turns(() => discarded.state !== 'running');
  expect(discarded).toMatchObject({ state: 'done', done: action.done });
  disk.capacity = Number.POSITIVE_INFINITY;
  await turns(() => test.log.refusal === undefined);
  const again = await act(test, 'retry', filter('q', 'failed'));
  await turns(() => again.state !== 'running');
  expect(again).toMatchObject({ state: 'done', done: 300 - action.done });
  await test.close();
});

/** What happens while an action is under way, to the message of that number where it is about one. */
const incident = fc.record({
  what: fc.constantFrom('nothing', 'cancel', 'run', 'take', 'enqueue', 'reuse'),
  number: fc.nat({ max: 1199 }),
});

it('what stays where it was is acted on, and what comes later is not, whatever happens meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(incident, { minLength: 5, maxLength: 40 }), async (incidents) => {
      const test = await TestEngine.openInMemory({ clock: () => CLOCK.now });
      const ids = Array.from({ length: 1200 }, (_, number) => `job-${number}`);
      const options = { delayMs: 60_000 };
      await Promise.all(ids.map((jobId) => test.enqueue('q', jobId, { ...options, jobId })));
      const beginning = act(test, 'discard', filter('q', 'delayed'));
      const elsewhere = new Set<string>();
      let later = 0;
      for (const { what, number } of incidents) {
        const jobId = `job-${number}`;
        const status = await test.status('q', jobId);
        if (what === 'cancel' && (await test.cancel('q', jobId))) elsewhere.add(jobId);
        if (what === 'run' && status?.state === 'waiting') {
          await act(test, 'run', { refs: [refOfJob(test, 'q', jobId)] });
          elsewhere.add(jobId);
        }
        if (what === 'take') await test.take('q');
        if (what === 'enqueue') await test.enqueue('q', 'later', { ...options, jobId: `later-${later++}` });
        // The slots of those that are gone are used again.
        if (what === 'reuse') await test.enqueue('other', 'more', options);
      }
      const action = await beginning;
      await turns(() => action.state !== 'running');
      expect(action.state).toBe('done');
      expect(action.done + action.skippedCount).toBe(action.total);
      expect(action.total).toBeLessThanOrEqual(1200);
      for (const jobId of ids) {
        if (elsewhere.has(jobId)) continue;
        expect(await test.status('q', jobId)).toBeUndefined();
      }
      for (let i = 0; i < later; i++)
        expect(await test.status('q', `later-${i}`)).toMatchObject({ state: 'waiting' });
      await test.close();
    }),
    { numRuns: 15 },
  );
});
