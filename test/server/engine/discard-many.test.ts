import { describe, expect, it } from 'vitest';
import { Event, EventType } from '../../../server/engine/state/events.ts';
import { NONE } from '../../../server/engine/state/message-table.ts';
import { turn } from '../../../server/engine/turn.ts';
import { type TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';
import { CLOCK, enqueueMany, MANY, open, swept } from './very-many.ts';

/** Some of what was discarded is freed, and some is not. */
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
    await enqueueMany(test, 'kept', 20_000);
    await test.enqueue('failing', 'job');
    const held = await test.reserve('failing');
    await test.fail(held?.token ?? 0, 'bad', true);
    let isRetried = false;
    let most = 0;
    let most2 = 0;
    for (let count = 0; count < 40; count++) {
      await enqueueMany(test, 'q', 1100);
      await test.purge('q');
      if (count === 10) test.retryFailed('failing').then(() => (isRetried = true));
      if (count === 20) most = test.log.bytes;
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
