import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Delivery, ReserveRequest } from '../../../server/engine/api.ts';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { WatchList } from '../../../shared/watch-list.ts';
import { reserveRequest, TestEngine, textOf } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

const LIMITED: Policy = { ...DEFAULT_POLICY, maxRunning: 2, backoff: { kind: 'none' } };
const WAIT_MS = 60_000;

let policy: Policy;
let engine: TestEngine;

beforeEach(async () => {
  policy = LIMITED;
  engine = await TestEngine.openInMemory({ policy: () => policy });
  onTestFinished(() => engine.close());
});

/** Stores some, and has as many run as may. */
async function fill(count: number, queue = 'q'): Promise<number[]> {
  for (let i = 1; i <= count; i++) await engine.enqueue(queue, `${i}`, { jobId: `${i}` });
  const tokens: number[] = [];
  for (let i = 0; i < 2; i++) tokens.push((await engine.reserve(queue))?.token ?? 0);
  return tokens;
}

function watching(text: string): Pick<ReserveRequest, 'watchList'> {
  return { watchList: WatchList.parse(text) as WatchList };
}

async function text(read: Promise<Delivery | undefined>): Promise<string | undefined> {
  const delivery = await read;
  return delivery && textOf(delivery);
}

describe('max_running', () => {
  it('bounds opens, leases and watch lists together, over all who read', async () => {
    const tokens = await fill(4);
    expect(tokens).not.toContain(0);
    expect(await engine.reserve('q')).toBeUndefined();
    expect(await engine.reserve('q', { mode: 'lease' })).toBeUndefined();
    for (const list of ['q', 'other,q', 'q:2,other:1', '*'])
      expect(await engine.reserve('', watching(list))).toBeUndefined();
    expect(engine.statsOf('q')).toMatchObject({ ready: 2, reserved: 2, held: 2, heldBy: 'max_running' });
    await engine.complete(tokens[0] as number);
    expect(await text(engine.reserve('', watching('*')))).toBe('3');
    expect(engine.statsOf('q')).toMatchObject({ ready: 1, reserved: 2, held: 1, heldBy: 'max_running' });
  });

  it('does not bound who takes for good: by name, by a list, or from all', async () => {
    await fill(6);
    expect(await engine.takeText('q')).toBe('3');
    expect(await engine.takeText('', watching('other,q'))).toBe('4');
    expect(await engine.takeText('', watching('q:2,other:1'))).toBe('5');
    expect(await engine.takeText('', watching('*'))).toBe('6');
    expect(engine.statsOf('q')).toMatchObject({ ready: 0, reserved: 2, held: 0, heldBy: undefined });
  });

  it('has a list go on to its next queue', async () => {
    await fill(3);
    await engine.enqueue('low', 'low');
    expect(await text(engine.reserve('', watching('q,low')))).toBe('low');
  });

  it.each([
    ['is done', (token: number) => engine.complete(token), '3'],
    ['is given back', (token: number) => engine.release(token, 'return'), '1'],
    ['is given up', (token: number) => engine.release(token, 'abort'), '1'],
    ['fails for good', (token: number) => engine.fail(token, 'no', true), '3'],
  ])('serves who waits when one that runs %s', async (_, end, expected) => {
    const [first] = await fill(4);
    const waiting = engine.reserve('q', { waitMs: WAIT_MS });
    await end(first as number);
    expect(await text(waiting)).toBe(expected);
    expect(engine.statsOf('q')?.reserved).toBe(2);
  });

  it('serves those who wait in their order, those who take for good as if there were no limit', async () => {
    const [first, second] = await fill(2);
    const reads = [
      engine.reserve('q', { waitMs: WAIT_MS }),
      engine.reserve('', { waitMs: WAIT_MS, ...watching('*') }),
      engine.take('q', { waitMs: WAIT_MS }),
      engine.reserve('q', { waitMs: WAIT_MS }),
    ];
    await engine.enqueue('q', 'a');
    expect(await text(reads[2] as Promise<Delivery>)).toBe('a');
    await engine.enqueue('q', 'b');
    await engine.enqueue('q', 'c');
    await engine.enqueue('q', 'd');
    expect(engine.statsOf('q')).toMatchObject({ waiters: 3, ready: 3 });
    await engine.complete(first as number);
    expect(await text(reads[0] as Promise<Delivery>)).toBe('b');
    await engine.complete(second as number);
    expect(await text(reads[1] as Promise<Delivery>)).toBe('c');
    expect(engine.statsOf('q')).toMatchObject({ waiters: 1, ready: 1, reserved: 2 });
  });

  it('counts a job that was cancelled as long as its holder has it', async () => {
    const [first] = await fill(3);
    expect(await engine.cancel('q', '1')).toBe(true);
    expect(await engine.reserve('q')).toBeUndefined();
    await engine.complete(first as number);
    expect(await text(engine.reserve('q'))).toBe('3');
  });

  it('that is lowered takes nothing back, and that is raised serves who waits', async () => {
    const [first, second] = await fill(5);
    policy = { ...LIMITED, maxRunning: 1 };
    engine.policiesChanged();
    expect(engine.statsOf('q')?.reserved).toBe(2);
    await engine.complete(first as number);
    expect(await engine.reserve('q')).toBeUndefined();
    const waiting = engine.reserve('q', { waitMs: WAIT_MS });
    policy = { ...LIMITED, maxRunning: 2 };
    engine.policiesChanged();
    expect(await text(waiting)).toBe('3');
    policy = DEFAULT_POLICY;
    engine.policiesChanged();
    expect(await text(engine.reserve('q'))).toBe('4');
    await engine.complete(second as number);
  });

  it('counts after a restart what is leased, at once', async () => {
    const disk = new MemoryDisk();
    const before = await TestEngine.open(disk, { policy: () => policy });
    for (const each of ['a', 'b', 'c']) await before.enqueue('q', each);
    for (let i = 0; i < 2; i++) await before.reserve('q', { mode: 'lease', leaseMs: WAIT_MS });
    await before.close();
    const after = await TestEngine.open(disk, { policy: () => policy });
    onTestFinished(() => after.close());
    expect(await after.reserve('q')).toBeUndefined();
    expect(after.statsOf('q')).toMatchObject({ held: 1, heldBy: 'max_running' });
    expect(await after.takeText('q')).toBe('c');
  });

  it('shows what is next, if its queue is named', async () => {
    await fill(3);
    expect(await text(engine.peek('q'))).toBe('3');
    const target = { queue: '', failed: false, jobId: '', watchList: WatchList.parse('*') as WatchList };
    const found = new Promise((resolve, reject) => engine.engine.peek(target, { resolve, reject }));
    expect(await found).toBeUndefined();
  });

  it('is told by the status of what waits for it', async () => {
    await fill(3);
    await engine.enqueue('q', 'later', { jobId: 'later', delayMs: WAIT_MS });
    const heldBack = async (jobId: string) => (await engine.status('q', jobId))?.heldBack;
    expect([await heldBack('1'), await heldBack('3'), await heldBack('later')]).toEqual([
      undefined,
      'max_running',
      undefined,
    ]);
    await engine.pause('q');
    expect(await heldBack('3')).toBe('paused');
  });

  it('goes on after a pause, a purge, a move and a retry of all, each with what still runs', async () => {
    const [first, second] = await fill(4);
    await engine.pause('q');
    await engine.complete(first as number);
    await engine.resume('q');
    const third = (await engine.reserve('q')) as Delivery;
    expect(textOf(third)).toBe('3');
    await engine.purge('q');
    await engine.enqueue('from', 'moved');
    await engine.move('from', 'q');
    expect(await engine.reserve('q')).toBeUndefined();
    await engine.fail(second as number, 'no', true);
    expect(await text(engine.reserve('q'))).toBe('moved');
    await engine.retryFailed('q');
    expect(await engine.reserve('q')).toBeUndefined();
    await engine.complete(third.token);
    expect(await text(engine.reserve('q'))).toBe('2');
    await engine.drop('q');
    await engine.enqueue('q', 'new');
    expect(await text(engine.reserve('q'))).toBe('new');
  });

  it('costs a message nothing, however many wait for one that they may not have', async () => {
    await fill(2);
    let looks = 0;
    const done = { resolve: () => {}, reject: () => {} };
    for (let i = 0; i < 1000; i++) {
      const request = reserveRequest('q', { waitMs: WAIT_MS });
      const counting = new Proxy(request, {
        get: (target, field: keyof ReserveRequest) => {
          looks++;
          return target[field];
        },
      });
      engine.engine.reserve(counting, done);
    }
    looks = 0;
    for (let i = 0; i < 100; i++) await engine.enqueue('q', 'x');
    expect(looks).toBe(0);
    expect(engine.statsOf('q')).toMatchObject({ waiters: 1000, ready: 100 });
  });
});
