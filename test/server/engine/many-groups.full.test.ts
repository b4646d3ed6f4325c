import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { Counters } from '../../../server/engine/state/counters.ts';
import { MessageState, MessageTable, row } from '../../../server/engine/state/message-table.ts';
import { Queue } from '../../../server/engine/state/queue.ts';
import { type TestEngine, textOf } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';
import { open, swept } from './very-many.ts';

const GROUPS = 10;
const MANY = 3000;

/** Each is called by its group and its number in that. */
async function enqueueGroups(test: TestEngine, queue: string, count = MANY): Promise<void> {
  const stored = Array.from({ length: count }, (_, i) => {
    const group = String.fromCharCode(97 + (i % GROUPS));
    return test.enqueue(queue, `${group}${Math.floor(i / GROUPS)}`, { group });
  });
  await Promise.all(stored);
}

async function start(test: TestEngine, queue: string): Promise<{ text: string; token: number } | undefined> {
  const delivery = await test.reserve(queue);
  return delivery && { text: textOf(delivery), token: delivery.token };
}

/** Starts whatever may be started. */
async function startAll(test: TestEngine, queue: string): Promise<string[]> {
  const texts: string[] = [];
  for (let each = await start(test, queue); each !== undefined; each = await start(test, queue))
    texts.push(each.text);
  return texts;
}

/** Whether what was taken is in order in each group, and all of it. */
function expectInOrder(texts: readonly string[], each: number): void {
  const next = new Map<string, number>();
  for (const text of texts) {
    const [group, number] = [text.slice(0, 1), Number(text.slice(1))];
    expect(number).toBe(next.get(group) ?? 0);
    next.set(group, number + 1);
  }
  expect([...next.values()]).toEqual(Array.from({ length: GROUPS }, () => each));
}

const HEADS = ['a0', 'b0', 'c0', 'd0', 'e0', 'f0', 'g0', 'h0', 'i0', 'j0'];

describe('very many messages of groups', () => {
  it('that are purged leave nothing that a group waits for, but what runs', async () => {
    const test = await open();
    await enqueueGroups(test, 'q');
    const [a, b] = [await start(test, 'q'), await start(test, 'q')];
    await test.fail(b?.token ?? 0, 'no');
    const purging = test.purge('q');
    await enqueueGroups(test, 'q', GROUPS);
    expect(await startAll(test, 'q')).toEqual(HEADS.slice(1));
    await purging;
    await swept(test);
    await test.complete(a?.token ?? 0);
    expect(await startAll(test, 'q')).toEqual(HEADS.slice(0, 1));
    await test.close();
  });

  it('that are dropped leave nothing at all', async () => {
    const test = await open();
    await enqueueGroups(test, 'q');
    await startAll(test, 'q');
    await test.drop('q');
    await enqueueGroups(test, 'q', GROUPS);
    expect(await startAll(test, 'q')).toEqual(HEADS);
    await swept(test);
    await test.close();
  });

  it('that move keep their order, and wait over there for what waits for its backoff', async () => {
    const test = await open();
    await enqueueGroups(test, 'q');
    const [a, b] = [await start(test, 'q'), await start(test, 'q')];
    await test.fail(a?.token ?? 0, 'no');
    const moving = test.move('q', 'p');
    // What comes meanwhile waits for nothing but what runs here.
    await enqueueGroups(test, 'q', GROUPS);
    expect(await startAll(test, 'q')).toEqual(['a0', ...HEADS.slice(2)]);
    expect(await moving).toBe(MANY - 1);
    expect(await startAll(test, 'p')).toEqual([...HEADS.slice(2), 'b1']);
    await test.release(b?.token ?? 0, 'return');
    expect(await startAll(test, 'q')).toEqual(['b0']);
    await test.close();
  });

  it('that failed come back in order when all are tried again, and are started one after the other', async () => {
    const disk = new MemoryDisk();
    const test = await open(disk, { cacheSize: 0 });
    await enqueueGroups(test, 'q', 1500);
    for (let i = 0; i < 1500; i++) await test.fail((await start(test, 'q'))?.token ?? 0, 'no', true);
    const retrying = test.retryFailed('q');
    const texts: string[] = [];
    for (let done = 0; done < 1500; done++) {
      const delivery = await test.reserve('q', { waitMs: 60_000 });
      texts.push(delivery ? textOf(delivery) : '');
      await test.complete(delivery?.token ?? 0);
    }
    expect(await retrying).toBe(1500);
    expectInOrder(texts, 150);
    await test.close();
  });

  it('are what they were once their segments are freed, and after a restart', async () => {
    const disk = new MemoryDisk();
    const test = await open(disk, { segmentSize: 64 * 1024 });
    await enqueueGroups(test, 'q', 500);
    const [a, b] = [await start(test, 'q'), await start(test, 'q')];
    await test.fail(b?.token ?? 0, 'no');
    const leased = await test.reserve('q', { mode: 'lease', leaseMs: 60_000 });
    while (test.detail('journal_moved_bytes') < 64 * 1024) {
      await test.enqueue('p', Buffer.alloc(20_000));
      await test.take('p');
    }
    expect(await startAll(test, 'q')).toEqual(HEADS.slice(3));
    await test.close();
    expect(leased && textOf(leased)).toBe('c0');
    const next = await open(disk, { segmentSize: 64 * 1024 });
    // The open reads have come back; what is leased or waits for its backoff holds its group still.
    expect(await startAll(next, 'q')).toEqual([a?.text, ...HEADS.slice(3)]);
    await next.close();
  });

  it('have fair turns, wherever a restart begins to count', async () => {
    const disk = new MemoryDisk();
    const policy = () => ({ ...DEFAULT_POLICY, groupTurns: 'fair' as const });
    let test = await open(disk, { policy });
    const take = async (count: number): Promise<string[]> => {
      const groups: string[] = [];
      while (groups.length < count) groups.push((await test.takeText('q'))?.[0] ?? '');
      return groups;
    };
    // One customer's very many come first.
    for (let i = 0; i < 500; i++) await test.enqueue('q', `a${i}`, { group: 'a' });
    for (let i = 0; i < 9 * 60; i++) {
      const group = 'bcdefghij'[i % 9] as string;
      await test.enqueue('q', `${group}${i}`, { group });
    }
    for (const count of [1, 13, 7, 28, 45]) {
      const groups = await take(count);
      for (const [i, group] of groups.entries()) expect(groups.slice(i + 1, i + GROUPS)).not.toContain(group);
      // Who has come last waits for no more than one turn of each of the others.
      await test.enqueue('q', `x${count}`, { group: 'x' });
      await test.close();
      test = await open(disk, { policy });
      expect(await take(GROUPS + 1)).toContain('x');
    }
    await test.close();
  });
});

describe('100,000 groups with ten messages each', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;

  /** A queue that has them, and how many bytes of memory they take beside the messages. */
  function queueOf(groups: number, each: number): { queue: Queue; table: MessageTable; bytes: number } {
    const table = new MessageTable();
    table.rebuildFree();
    const queue = new Queue(0, 'q', table, new Counters());
    const names = Array.from({ length: groups }, (_, i) => `customer-${i}`);
    const slots = Array.from({ length: groups * each }, (_, i) => {
      const slot = table.nextFree();
      table.claim(slot);
      const page = table.page(slot);
      page.state[row(slot)] = MessageState.ready;
      page.order[row(slot)] = i + 1;
      page.setGroup(row(slot), names[i % groups]);
      return slot;
    });
    gc();
    const before = process.memoryUsage().heapUsed;
    for (const slot of slots) queue.ready.insert(slot);
    gc();
    const bytes = process.memoryUsage().heapUsed - before;
    return { queue, table, bytes };
  }

  /** Milliseconds that it takes to start and end so many messages. */
  function timeOf({ queue, table }: ReturnType<typeof queueOf>, count: number): number {
    const begin = performance.now();
    for (let i = 0; i < count; i++) {
      const slot = queue.ready.next();
      queue.ready.remove(slot);
      queue.ready.endTurn(slot);
      const group = table.page(slot).group(row(slot)) as string;
      queue.countRunning(group, 1);
      queue.countRunning(group, -1);
    }
    return performance.now() - begin;
  }

  it('take at most 200 bytes a group besides its name, and the next message is found among them in no time', () => {
    const few = queueOf(100, 1000);
    const many = queueOf(100_000, 10);
    expect(many.bytes / 100_000).toBeLessThan(200);
    timeOf(few, 10_000);
    // With the logarithm of their number, and what memory is slower when there is more of it: not a thousand times.
    expect(timeOf(many, 50_000)).toBeLessThan(20 * timeOf(few, 50_000));
    many.queue.flow = { ...many.queue.flow, isFair: true };
    const begin = performance.now();
    many.queue.ready.groups?.reorder();
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
