import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { Event, EventType } from '../../../server/engine/state/events.ts';
import { NONE } from '../../../server/engine/state/message-table.ts';
import { turn } from '../../../server/engine/turn.ts';
import { type Options, TestEngine, textOf, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

const MANY = 5000;
const CLOCK = { now: 1_700_000_000_000 };
const OPTIONS: Options = { clock: () => CLOCK.now, segmentSize: 256 * 1024 };

const open = (disk = new MemoryDisk(), options: Options = {}) =>
  TestEngine.open(disk, { ...OPTIONS, ...options });

async function enqueueMany(test: TestEngine, queue: string, count = MANY, prefix = ''): Promise<void> {
  const stored = Array.from({ length: count }, (_, i) =>
    test.enqueue(queue, `${prefix}${i}`, prefix === '' ? {} : { jobId: `${prefix}${i}` }),
  );
  await Promise.all(stored);
}

/** All that was discarded is freed. */
const swept = ({ state }: TestEngine) => turns(() => !state.sweep.isUnderWay);

/** Some of it is, and some is not. */
const halfSwept = ({ state }: TestEngine) => turns(() => state.sweep.cursor > 0);

describe('what a purge or a drop of very many messages discards', () => {
  it.each([
    ['purge', (test: TestEngine) => test.purge('q')],
    ['purge of all', (test: TestEngine) => test.purge()],
    ['drop', (test: TestEngine) => test.drop('q')],
  ])('counts for nothing from the event on, and is freed in slices: %s', async (_, discard) => {
    const test = await open();
    await enqueueMany(test, 'q', MANY, 'j');
    const asked = discard(test);
    expect(test.engine.stats()).toMatchObject({ messages: 0, bytes: 0 });
    expect(test.statsOf('q') ?? { ready: 0, bytes: 0 }).toMatchObject({ ready: 0, bytes: 0 });
    expect(test.state.table.size).toBe(MANY);
    expect(await test.take('q')).toBeUndefined();
    expect(await test.status('q', 'j7')).toBeUndefined();
    expect(await test.cancel('q', 'j8')).toBe(false);
    await asked;
    await halfSwept(test);
    expect(test.state.table.size).toBeLessThan(MANY);
    expect(test.state.sweep.isUnderWay).toBe(true);
    await swept(test);
    expect(test.state.table.size).toBe(0);
    expect(test.log.live).toMatchObject({ total: 0, messages: 0 });
    await test.close();
  });

  it('is nothing of what comes behind it, with the ids of those that were there', async () => {
    const test = await open();
    await enqueueMany(test, 'q', MANY, 'j');
    const asked = test.purge('q');
    expect(await test.enqueue('q', 'new', { jobId: 'j3', mode: 'add' })).toBeGreaterThan(0);
    await asked;
    expect(await test.status('q', 'j3')).toMatchObject({ state: 'waiting' });
    await swept(test);
    expect(await test.status('q', 'j3')).toMatchObject({ state: 'waiting' });
    expect(test.state.table.size).toBe(1);
    expect(await test.takeText('q')).toBe('new');
    await test.close();
  });

  it('is nothing of what is reserved, failed or repeats, in whatever way that waits again', async () => {
    const test = await open();
    await enqueueMany(test, 'q');
    await test.enqueue('q', 'again', { jobId: 'again', everyMs: 60_000, delayMs: 60_000 });
    const [held, leased, failing] = [
      await test.reserve('q'),
      await test.reserve('q'),
      await test.reserve('q'),
    ];
    await test.fail(failing?.token ?? 0, 'bad', true);
    const asked = test.purge('q');
    await test.release(held?.token ?? 0, 'abort');
    await test.fail(leased?.token ?? 0, 'later');
    await test.retryFailed('q', 0, '');
    await asked;
    await swept(test);
    expect(test.statsOf('q')).toMatchObject({ ready: 2, delayed: 2, reserved: 0, failed: 0 });
    expect(await test.status('q', 'again')).toMatchObject({ state: 'waiting' });
    expect(test.state.table.size).toBe(4);
    await test.close();
  });

  it('is all of a dropped queue: leases are over, delays never end, a queue of that name is another', async () => {
    const test = await open();
    await enqueueMany(test, 'q');
    for (let i = 0; i < 100; i++) await test.enqueue('q', 'late', { delayMs: 1000 });
    const held = await test.reserve('q', { mode: 'lease', leaseMs: 500 });
    const asked = test.drop('q');
    expect(test.engine.isHeld(held?.token ?? 0)).toBe(false);
    expect(await test.complete(held?.token ?? 0)).toBe(false);
    CLOCK.now += 10_000;
    await test.enqueue('q', 'new');
    await asked;
    await swept(test);
    expect(test.state.table.size).toBe(1);
    expect(await test.takeText('q')).toBe('new');
    await test.close();
  });

  it('is freed by a second round, where it lay behind the first one', async () => {
    const test = await open();
    await enqueueMany(test, 'q');
    const first = test.purge('q');
    await halfSwept(test);
    // These take the slots that were freed.
    await enqueueMany(test, 'q', 1500);
    expect(test.state.sweep.isUnderWay).toBe(true);
    await Promise.all([first, test.purge('q')]);
    expect(await test.take('q')).toBeUndefined();
    await swept(test);
    expect(test.state.table.size).toBe(0);
    await test.close();
  });

  it('may be more and more, and neither compaction nor a retry has to wait for its end', async () => {
    const test = await open(new MemoryDisk(), { segmentSize: 64 * 1024 });
    await enqueueMany(test, 'kept', 50_000);
    await test.enqueue('failing', 'job');
    const held = await test.reserve('failing');
    await test.fail(held?.token ?? 0, 'bad', true);
    let isRetried = false;
    let most = 0;
    let most2 = 0;
    for (let count = 0; count < 60; count++) {
      await enqueueMany(test, 'q', 1100);
      await test.purge('q');
      if (count === 10) test.retryFailed('failing').then(() => (isRetried = true));
      if (count === 30) most = test.log.bytes;
      most2 = test.log.bytes;
    }
    expect(isRetried).toBe(true);
    expect(test.detail('journal_freed_segments')).toBeGreaterThan(20);
    expect(most2).toBeLessThan(2 * most);
    await test.close();
  });

  it('is a miss for who waits for a body from the disk, when the queue is gone by then', async () => {
    const test = await open(new MemoryDisk(), { cacheSize: 0 });
    await enqueueMany(test, 'q', 10_000);
    // On a page of the table that goes with them.
    for (let i = 0; i < 3; i++) await test.enqueue('q', 'urgent', { priority: 1 });
    await enqueueMany(test, 'q', 10_000);
    const { log } = test;
    const load = log.load.bind(log);
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    log.load = async (position, size) => {
      const record = await load(position, size);
      await gate;
      return record;
    };
    const reads = (['open', 'take', 'lease'] as const).map((mode) => test.reserve('q', { mode }));
    await turn();
    expect(await test.drop('q')).toBe(true);
    await swept(test);
    expect(test.state.table.page(10_000)).toBeUndefined();
    letGo();
    expect(await Promise.all(reads)).toEqual([undefined, undefined, undefined]);
    await test.close();
  });

  it('stays discarded over a restart, which goes on with the sweep; compaction waits for that', async () => {
    const disk = new MemoryDisk();
    const test = await open(disk);
    await enqueueMany(test, 'kept', 500);
    await enqueueMany(test, 'q');
    await test.enqueue('kept', 'last');
    await test.purge('q');
    await halfSwept(test);
    expect(test.state.sweep.isUnderWay).toBe(true);
    const freed = test.detail('journal_freed_segments');
    const next = await open(disk.kill());
    expect(next.engine.recovered).toMatchObject({ messages: 501, queues: 2 });
    expect(next.state.sweep.isUnderWay).toBe(true);
    expect(await next.take('q')).toBeUndefined();
    await swept(next);
    expect(next.state.table.size).toBe(501);
    expect(freed).toBe(0);
    await turns(() => next.log.compaction === 'idle');
    expect(next.detail('journal_freed_segments')).toBeGreaterThan(0);
    expect((await next.drain('kept')).length).toBe(501);
    await Promise.all([test.close(), next.close()]);
  });

  it('is freed at once where a log of an earlier version uses slots and numbers again', async () => {
    const test = await open();
    await enqueueMany(test, 'q');
    await enqueueMany(test, 'other', 2000);
    const { state } = test;
    const number = state.queues.get('other')?.number ?? NONE;
    const event = new Event();
    const apply = (fields: Partial<Event>) => state.apply(Object.assign(event, fields), 0);
    apply({ type: EventType.purge, queue: state.queues.get('q')?.number ?? NONE });
    apply({
      type: EventType.message,
      slot: 0,
      order: state.nextId,
      queue: number,
      state: 1,
      token: 0,
      size: 80,
    });
    expect(state.table.size).toBe(2001);
    apply({ type: EventType.drop, queue: number });
    apply({ type: EventType.queue, queue: number, name: 'third' });
    expect(state.table.size).toBe(0);
    expect(state.queues.byNumber(number)?.name).toBe('third');
  });
});

describe('a move of very many messages', () => {
  it('leaves the source as if empty at once, and tells the target one after the other, in their order', async () => {
    const test = await open();
    await enqueueMany(test, 'a');
    await test.enqueue('a', 'urgent', { priority: 1 });
    await test.enqueue('a', 'late', { delayMs: 60_000 });
    const moving = test.move('a', 'b');
    expect(test.statsOf('a')).toMatchObject({ ready: 0, delayed: 0 });
    expect(await test.take('a')).toBeUndefined();
    expect(await test.takeText('b')).toBe('urgent');
    expect(await test.takeText('b')).toBe('0');
    expect(test.statsOf('b')?.ready).toBeLessThan(MANY - 1);
    await test.enqueue('a', 'stays');
    expect(await moving).toBe(MANY + 2);
    expect(test.statsOf('b')).toMatchObject({ ready: MANY - 1, delayed: 1 });
    expect(await test.drain('a')).toEqual(['stays']);
    expect((await test.drain('b')).slice(0, 3)).toEqual(['1', '2', '3']);
    await test.close();
  });

  it('finds jobs by their ids on either side meanwhile, and decides who keeps an id one by one', async () => {
    const test = await open();
    await enqueueMany(test, 'a', MANY, 'j');
    await test.enqueue('b', 'there', { jobId: 'j2' });
    const moving = test.move('a', 'b');
    await turn();
    const last = `j${MANY - 1}`;
    const asked = [
      test.status('b', 'j0'),
      test.status('a', last),
      test.cancel('a', last),
      test.enqueue('a', 'other body', { jobId: `j${MANY - 2}` }),
    ] as const;
    const [there, here, isCancelled] = await Promise.all(asked);
    expect(there).toMatchObject({ state: 'waiting' });
    expect(here).toMatchObject({ state: 'waiting' });
    expect(isCancelled).toBe(true);
    await moving;
    expect(await test.status('b', last)).toBeUndefined();
    expect(await test.status('b', `j${MANY - 2}`)).toMatchObject({ state: 'waiting' });
    expect(test.statsOf('a')).toMatchObject({ ready: 0 });
    expect(test.statsOf('b')).toMatchObject({ ready: MANY });
    const texts = await test.drain('b');
    expect(texts.filter((text) => text === 'there' || text === 'j2')).toHaveLength(2);
    expect(texts.slice(-2)).toEqual(['other body', 'there']);
    await test.close();
  });

  it('goes on when delays end, and what comes back to the source stays there', async () => {
    const test = await open();
    await enqueueMany(test, 'a');
    const held = await test.reserve('a');
    for (let i = 0; i < 10; i++) await test.enqueue('a', 'late', { delayMs: 50 });
    const moving = test.move('a', 'b');
    await turn();
    CLOCK.now += 1000;
    await test.release(held?.token ?? 0, 'return');
    expect(await moving).toBe(MANY - 1 + 10);
    expect(await test.drain('a')).toEqual(['0']);
    expect((await test.drain('b')).length).toBe(MANY - 1 + 10);
    await test.close();
  });

  it('has what is about one of the queues as a whole wait for its end', async () => {
    const test = await open();
    await enqueueMany(test, 'a');
    const moving = test.move('a', 'b');
    const [purged, dropped, back] = [test.purge('b'), test.drop('a'), test.move('b', 'c')];
    expect(await moving).toBe(MANY);
    await Promise.all([purged, dropped, back]);
    await swept(test);
    expect(await back).toBe(0);
    expect(test.engine.stats()).toMatchObject({ messages: 0 });
    await test.close();
  });

  it('does not wait until what was discarded is freed, and is nothing of that', async () => {
    const test = await open();
    await enqueueMany(test, 'a', 50_000);
    const purged = test.purge('a');
    await enqueueMany(test, 'a', 2000);
    const moving = test.move('a', 'b');
    expect(test.state.sweep.isUnderWay).toBe(true);
    expect(await moving).toBe(2000);
    await purged;
    await swept(test);
    expect(test.state.table.size).toBe(2000);
    expect((await test.drain('b')).length).toBe(2000);
    await test.close();
  });

  it('says whether what the same client asks next has to wait', async () => {
    const test = await open();
    await enqueueMany(test, 'a');
    const done = { resolve: () => {}, reject: () => {} };
    expect(test.engine.purge('other', done)).toBe(true);
    expect(test.engine.move('a', 'b', done)).toBe(false);
    expect(test.engine.purge('b', done)).toBe(false);
    // It waits behind that for the same queue, which nothing is under way in.
    expect(test.engine.move('c', 'b', done)).toBe(false);
    expect(test.engine.drop('c', done)).toBe(false);
    expect(test.engine.purge(undefined, done)).toBe(false);
    expect(test.engine.retryFailed('x', '', 0, done)).toBe(false);
    await turns(() => test.engine.purge(undefined, done));
    expect(test.engine.drop('b', done)).toBe(true);
    await test.close();
  });

  it('takes its bytes off the source at once, whose limits then are for what comes', async () => {
    const policy = () => ({ ...DEFAULT_POLICY, maxBytes: 2_000_000, whenFull: 'drop_oldest' }) as const;
    const test = await open(new MemoryDisk(), { policy });
    await enqueueMany(test, 'a', 20_000);
    const full = test.statsOf('a')?.bytes;
    const moving = test.move('a', 'b');
    expect(test.statsOf('a')).toMatchObject({ ready: 0, bytes: 0 });
    await Promise.all([test.enqueue('a', 'small'), test.enqueue('a', 'x'.repeat(1_000_000))]);
    await moving;
    expect(test.statsOf('a')).toMatchObject({ ready: 2, dropped: 0 });
    expect(test.statsOf('b')).toMatchObject({ ready: 20_000, bytes: full });
    await test.close();
  });

  it('leaves a job where it is that the configuration schedules meanwhile', async () => {
    const test = await open();
    await enqueueMany(test, 'a');
    await test.enqueue('a', 'mine', { jobId: 'nightly' });
    await test.enqueue('b', 'theirs', { jobId: 'nightly' });
    const moving = test.move('a', 'b');
    const cron = { pattern: '0 3 * * *', timezone: 'UTC' };
    await test.schedule([{ queue: 'a', name: 'nightly', body: Buffer.from('run'), cron, missed: 'skip' }]);
    await moving;
    expect(await test.status('a', 'nightly')).toMatchObject({ cron: cron.pattern });
    expect(await test.status('b', 'nightly')).toMatchObject({ cron: '' });
    expect(test.statsOf('b')).toMatchObject({ ready: MANY + 1 });
    await test.close();
  });

  it('that the end of the server comes before has no answer, and each message is in one of the queues', async () => {
    const disk = new MemoryDisk();
    const test = await open(disk);
    await enqueueMany(test, 'a');
    const moving = test.move('a', 'b').catch((error: Error) => error.message);
    await turn();
    await turn();
    await test.close();
    expect(await moving).toMatch(/stopping/);
    const next = await open(disk);
    const [a, b] = [await next.drain('a'), await next.drain('b')];
    expect(b.length).toBeGreaterThan(0);
    expect([...b, ...a]).toEqual(Array.from({ length: MANY }, (_, i) => String(i)));
    await next.close();
  });

  it('that finds no space leaves the rest where it is', async () => {
    const disk = new MemoryDisk();
    const test = await open(disk, { segmentSize: 64 * 1024 });
    await enqueueMany(test, 'a', 20_000);
    disk.capacity = test.log.bytes;
    const moving = test.move('a', 'b').catch((error: Error) => error);
    const stored = [test.enqueue('a', 'came'), test.enqueue('a', 'meanwhile')];
    expect(await moving).toBeInstanceOf(Error);
    await Promise.all(stored);
    const [a, b] = [test.statsOf('a')?.ready ?? 0, test.statsOf('b')?.ready ?? 0];
    expect(a).toBeGreaterThan(1000);
    expect(a + b).toBe(20_002);
    disk.capacity = Number.POSITIVE_INFINITY;
    await turns(() => test.log.refusal === undefined);
    expect((await test.drain('a')).slice(-3)).toEqual(['19999', 'came', 'meanwhile']);
    await test.close();
  });
});

describe('a retry of very many messages', () => {
  async function failMany(test: TestEngine, count: number): Promise<void> {
    await enqueueMany(test, 'q', count);
    for (let i = 0; i < count; i++) {
      const delivery = await test.reserve('q');
      await test.fail(delivery?.token ?? 0, 'bad', true);
    }
  }

  it('leaves none that failed at once, and puts them back in their order', async () => {
    const test = await open(new MemoryDisk(), { cacheSize: 0 });
    await failMany(test, 1500);
    const retrying = test.retryFailed('q');
    expect(test.statsOf('q')).toMatchObject({ failed: 0 });
    expect(await test.peek('q', true)).toBeUndefined();
    const first = await test.reserve('q', { waitMs: 60_000 });
    expect(first && textOf(first)).toBe('0');
    // It fails once more, and that is for good.
    await test.fail(first?.token ?? 0, 'bad', true);
    expect(test.statsOf('q')).toMatchObject({ failed: 1 });
    expect(await retrying).toBe(1500);
    expect(test.statsOf('q')).toMatchObject({ failed: 1, ready: 1499 });
    expect((await test.drain('q')).slice(0, 2)).toEqual(['1', '2']);
    await test.close();
  });

  it('that the end of the server comes before leaves the rest as failed messages', async () => {
    const disk = new MemoryDisk();
    const test = await open(disk);
    await failMany(test, 1500);
    const retrying = test.retryFailed('q').catch((error: Error) => error.message);
    await turn();
    await turn();
    await test.close();
    expect(await retrying).toMatch(/stopping/);
    const next = await open(disk);
    const { ready, failed } = next.statsOf('q') ?? { ready: 0, failed: 0 };
    expect(failed).toBeGreaterThan(0);
    expect(ready).toBeGreaterThan(0);
    expect(ready + failed).toBe(1500);
    expect(await next.retryFailed('q')).toBe(failed);
    expect(await next.drain('q')).toHaveLength(1500);
    await next.close();
  });
});

it('what waits for a record from the disk when the server ends appends nothing behind the end', async () => {
  const test = await open(new MemoryDisk(), { cacheSize: 0, segmentSize: 64 * 1024 });
  await enqueueMany(test, 'q', 300);
  const held = await Promise.all(
    Array.from({ length: 60 }, () => test.reserve('q', { mode: 'lease', leaseMs: 60_000 })),
  );
  await enqueueMany(test, 'other', 1500);
  const { log } = test;
  const append = log.append.bind(log);
  let isClosed = false;
  let late = 0;
  log.append = (event) => {
    if (isClosed) late++;
    return append(event);
  };
  const failing = held.map((each) =>
    test.fail(each?.token ?? 0, 'bad', true).catch((error: Error) => error.message),
  );
  await test.close();
  isClosed = true;
  for (const answer of await Promise.all(failing)) expect([true, 'the server is stopping']).toContain(answer);
  await expect(test.schedule([])).resolves.toBeUndefined();
  expect(late).toBe(0);
});
