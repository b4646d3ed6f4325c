import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { turn } from '../../../server/engine/turn.ts';
import { turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';
import { CLOCK, enqueueMany, MANY, open, swept } from './very-many.ts';

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
    await enqueueMany(test, 'a', 20_000);
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
    const policy = () => ({ ...DEFAULT_POLICY, maxBytes: 1_100_000, whenFull: 'drop_oldest' }) as const;
    const test = await open(new MemoryDisk(), { policy });
    await enqueueMany(test, 'a');
    const full = test.statsOf('a')?.bytes;
    // There would be no room for what comes.
    expect(full).toBeGreaterThan(100_000);
    const moving = test.move('a', 'b');
    expect(test.statsOf('a')).toMatchObject({ ready: 0, bytes: 0 });
    await Promise.all([test.enqueue('a', 'small'), test.enqueue('a', 'x'.repeat(1_000_000))]);
    await moving;
    expect(test.statsOf('a')).toMatchObject({ ready: 2, dropped: 0 });
    expect(test.statsOf('b')).toMatchObject({ ready: MANY, bytes: full });
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
