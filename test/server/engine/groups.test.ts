import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EnqueueRequest, ReserveRequest } from '../../../server/engine/api.ts';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { WatchList } from '../../../shared/watch-list.ts';
import { type Options, TestEngine, textOf } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

/** Of all queues of a test, and what single queues have instead. */
const POLICY: Policy = { ...DEFAULT_POLICY, backoff: { kind: 'fixed', seconds: 60 } };
const policies = new Map<string, Partial<Policy>>();

let disk: MemoryDisk;
let engine: TestEngine;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  policies.clear();
  disk = new MemoryDisk();
  engine = await open();
});
afterEach(async () => {
  await engine.close();
  vi.useRealTimers();
});

function open(options: Options = {}): Promise<TestEngine> {
  const policy = (queue: string) => ({ ...POLICY, ...policies.get(queue) });
  return TestEngine.open(disk, { policy, ...options });
}

async function restart(how: 'stop' | 'kill', options: Options = {}): Promise<void> {
  if (how === 'stop') await engine.close();
  const left = disk.kill();
  if (how === 'kill') await engine.close();
  disk = left;
  engine = await open(options);
}

function setPolicy(queue: string, policy: Partial<Policy>): void {
  policies.set(queue, policy);
  engine.policiesChanged();
}

function set(group: string, body: string, options: Partial<EnqueueRequest> = {}): Promise<number> {
  return engine.enqueue('q', body, { group, ...options });
}

/** Stores one after the other; each is called by its group and a number. */
async function setAll(...bodies: string[]): Promise<void> {
  for (const body of bodies) await set(body.replace(/\d+$/, ''), body);
}

/** Tokens of what is held, by its body. */
const held = new Map<string, number>();

async function start(options: Partial<ReserveRequest> = {}, queue = 'q'): Promise<string | undefined> {
  const delivery = await engine.reserve(queue, { mode: 'lease', leaseMs: 10_000, ...options });
  if (delivery === undefined) return undefined;
  held.set(textOf(delivery), delivery.token);
  return textOf(delivery);
}

/** Starts whatever may be started. */
async function startAll(queue = 'q'): Promise<string[]> {
  const all: string[] = [];
  for (let text = await start({}, queue); text !== undefined; text = await start({}, queue)) all.push(text);
  return all;
}

function token(body: string): number {
  return held.get(body) as number;
}

/** What becomes due does so at once. */
function pass(ms: number): void {
  vi.advanceTimersByTime(ms);
}

describe('at most so many messages of a group are reserved at a time', () => {
  it('which is one where nothing else is said', async () => {
    await setAll('a1', 'a2', 'b1', 'b2');
    await set('', 'plain');
    expect(await startAll()).toEqual(['a1', 'b1', 'plain']);
    await engine.complete(token('a1'), undefined);
    expect(await startAll()).toEqual(['a2']);
    await engine.complete(token('b1'), undefined);
    expect(await startAll()).toEqual(['b2']);
  });

  it('or group_running, of which only the order of starts is kept', async () => {
    setPolicy('q', { groupRunning: 2 });
    await setAll('a1', 'a2', 'a3', 'a4');
    expect(await startAll()).toEqual(['a1', 'a2']);
    await engine.complete(token('a2'), undefined);
    expect(await startAll()).toEqual(['a3']);
    await engine.complete(token('a1'), undefined);
    expect(await startAll()).toEqual(['a4']);
  });

  it('also by open reads and by lists of queues, which go on to the next queue', async () => {
    await setAll('a1', 'a2');
    await engine.enqueue('p', 'other');
    expect(await start({ mode: 'open' })).toBe('a1');
    for (const list of ['q,p', '*']) {
      const watchList = WatchList.parse(list) as WatchList;
      expect(await start({ watchList })).toBe('other');
      await engine.release(token('other'), 'return');
    }
  });

  it('in each queue by itself', async () => {
    await set('a', 'here');
    await engine.enqueue('p', 'there', { group: 'a' });
    expect([await start(), await start({}, 'p')]).toEqual(['here', 'there']);
  });

  it('after a restart as well', async () => {
    await setAll('a1', 'a2', 'b1', 'b2');
    await start();
    await start({ mode: 'open' });
    await restart('kill');
    // The open read has come back, and the lease runs on.
    expect(await startAll()).toEqual(['b1']);
    await engine.complete(token('a1'), undefined);
    expect(await startAll()).toEqual(['a2']);
  });

  it('and the other limit holds as soon as the policy is another', async () => {
    await setAll('a1', 'a2', 'a3');
    expect(await startAll()).toEqual(['a1']);
    const waiting = start({ waitMs: 60_000 });
    setPolicy('q', { groupRunning: 2 });
    expect(await waiting).toBe('a2');
    setPolicy('q', { groupRunning: 1 });
    await engine.complete(token('a1'), undefined);
    expect(await startAll()).toEqual([]);
  });
});

describe('a destructive get', () => {
  it('takes nothing from a group that runs, and holds none', async () => {
    await setAll('a1', 'a2', 'b1', 'b2');
    expect(await start()).toBe('a1');
    expect(await engine.drain('q')).toEqual(['b1', 'b2']);
    await engine.complete(token('a1'), undefined);
    expect(await engine.drain('q')).toEqual(['a2']);
  });

  it('holds its group while the body is on its way from the disk', async () => {
    await setAll('a1', 'a2', 'b1');
    await restart('stop', { cacheSize: 0 });
    const reads = [engine.takeText('q'), engine.takeText('q'), engine.takeText('q')];
    expect(await Promise.all(reads)).toEqual(['a1', 'b1', undefined]);
    expect(await engine.takeText('q')).toBe('a2');
  });

  it('of the failed ones counts for no limit', async () => {
    await setAll('a1', 'a2', 'a3');
    await start();
    await engine.fail(token('a1'), 'no', true);
    await start();
    expect(await engine.takeText('q', { failed: true })).toBe('a1');
    expect(await startAll()).toEqual([]);
  });
});

describe('who waits for a message is woken when its group may go on', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['its job is done', () => engine.complete(token('a1'), undefined)],
    ['it failed for good', () => engine.fail(token('a1'), 'no', true)],
    ['the queue does without it', () => engine.move('p', 'q')],
  ])('since %s', async (_, end) => {
    await setAll('a1', 'a2');
    await engine.enqueue('p', 'moved');
    await start();
    const waiting = start({ waitMs: 60_000 });
    await end();
    expect(await waiting).toMatch(/a2|moved/);
  });

  it('since what was cancelled does not wait for its backoff any more', async () => {
    await set('a', 'a1', { jobId: 'j' });
    await setAll('a2');
    await start();
    await engine.fail(token('a1'), 'no');
    const waiting = start({ waitMs: 60_000 });
    await engine.cancel('q', 'j');
    expect(await waiting).toBe('a2');
  });

  it('at the end of the backoff, with what has waited', async () => {
    await setAll('a1', 'a2');
    await start();
    await engine.fail(token('a1'), 'no');
    const waiting = start({ waitMs: 600_000 });
    pass(60_000);
    expect(await waiting).toBe('a1');
  });
});

describe('turns', () => {
  it('are by arrival where nothing else is said', async () => {
    await setAll('a1', 'a2', 'b1');
    await set('', 'plain');
    await setAll('a3');
    expect(await engine.drain('q')).toEqual(['a1', 'a2', 'b1', 'plain', 'a3']);
  });

  it('are fair: each group has one, whatever it has waiting', async () => {
    setPolicy('q', { groupTurns: 'fair' });
    await setAll('a1', 'a2', 'a3', 'a4');
    await engine.takeText('q');
    await setAll('b1', 'b2', 'c1');
    expect(await engine.drain('q')).toEqual(['a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('are fair with reads that last, too', async () => {
    setPolicy('q', { groupTurns: 'fair', groupRunning: 5 });
    await setAll('a1', 'a2', 'a3', 'b1', 'b2');
    expect(await startAll()).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  });

  it('of what has no group are those of one group more', async () => {
    setPolicy('q', { groupTurns: 'fair' });
    for (const body of ['1', '2', '3']) await set('', body);
    await setAll('a1', 'a2', 'b1', 'b2');
    expect(await engine.drain('q')).toEqual(['1', 'a1', 'b1', '2', 'a2', 'b2', '3']);
  });

  it('go by the priority of what is next in each group first', async () => {
    setPolicy('q', { groupTurns: 'fair' });
    await setAll('a1', 'b1');
    await set('b', 'urgent', { priority: 5 });
    await set('a', 'more urgent', { priority: 4 });
    await set('b', 'least urgent', { priority: 2000 });
    await set('a', 'a2');
    const order = ['more urgent', 'urgent', 'a1', 'b1', 'a2', 'least urgent'];
    expect(await engine.drain('q')).toEqual(order);
  });

  it('change with the policy', async () => {
    await setAll('a1', 'a2', 'b1', 'b2');
    setPolicy('q', { groupTurns: 'fair' });
    expect([await engine.takeText('q'), await engine.takeText('q')]).toEqual(['a1', 'b1']);
    setPolicy('q', { groupTurns: 'arrival' });
    expect(await engine.drain('q')).toEqual(['a2', 'b2']);
  });
});

describe('a strict group', () => {
  it('waits for what has had an attempt and waits for its backoff', async () => {
    await setAll('a1', 'a2', 'b1');
    await start();
    await engine.fail(token('a1'), 'no');
    expect(await startAll()).toEqual(['b1']);
    await engine.complete(token('b1'), undefined);
    pass(60_000);
    expect(await startAll()).toEqual(['a1']);
  });

  it('waits for what died for the second time', async () => {
    await setAll('a1', 'a2');
    for (let i = 0; i < 2; i++) {
      expect(await start()).toBe('a1');
      await engine.release(token('a1'), 'death');
    }
    expect(await startAll()).toEqual([]);
    await restart('kill');
    expect(await startAll()).toEqual([]);
  });

  it('does not wait for what is delayed or comes again, which takes its place when it is due', async () => {
    await set('a', 'delayed', { delayMs: 5000 });
    await set('a', 'again', { jobId: 'j', everyMs: 5000 });
    await setAll('a1', 'a2');
    expect(await start()).toBe('again');
    await engine.complete(token('again'), undefined);
    expect(await start()).toBe('a1');
    pass(5000);
    await engine.complete(token('a1'), undefined);
    expect(await engine.drain('q')).toEqual(['delayed', 'again', 'a2']);
  });

  it('lets what is urgent or prepended go ahead of what waits, but not beside what runs or ahead of a backoff', async () => {
    await setAll('a1', 'a2');
    await start();
    await set('a', 'urgent', { priority: 1 });
    await set('a', 'ahead', { ahead: true });
    expect(await startAll()).toEqual([]);
    await engine.fail(token('a1'), 'no');
    expect(await startAll()).toEqual([]);
    pass(60_000);
    expect(await engine.drain('q')).toEqual(['ahead', 'urgent', 'a1', 'a2']);
  });

  it('goes on once something has failed for good, which takes its old place when it is tried again', async () => {
    await setAll('a1', 'a2', 'a3');
    await start();
    await engine.fail(token('a1'), 'no', true);
    expect(await startAll()).toEqual(['a2']);
    await engine.retryFailed('q');
    await engine.complete(token('a2'), undefined);
    expect(await engine.drain('q')).toEqual(['a1', 'a3']);
  });

  it('does not wait for what is tried again with a delay', async () => {
    await setAll('a1', 'a2');
    await start();
    await engine.fail(token('a1'), 'no', true);
    await engine.retryFailed('q', 60);
    expect(await engine.drain('q')).toEqual(['a2']);
  });

  it('waits with more than one running, too', async () => {
    setPolicy('q', { groupRunning: 2 });
    await setAll('a1', 'a2', 'a3');
    expect(await startAll()).toEqual(['a1', 'a2']);
    await engine.fail(token('a1'), 'no');
    expect(await startAll()).toEqual([]);
  });

  it('is one that does not wait where group_order is free', async () => {
    await setAll('a1', 'a2');
    await start();
    await engine.fail(token('a1'), 'no');
    const waiting = start({ waitMs: 60_000 });
    setPolicy('q', { groupOrder: 'free' });
    expect(await waiting).toBe('a2');
  });
});

describe('what comes back', () => {
  it.each(['abort', 'return', 'death'] as const)(
    'by %s is at its old place, and its group goes on',
    async (reason) => {
      await setAll('a1', 'a2', 'b1');
      await start();
      await engine.release(token('a1'), reason);
      expect(await startAll()).toEqual(['a1', 'b1']);
    },
  );

  it('since its lease is over is at its old place', async () => {
    await setAll('a1', 'a2');
    await start();
    const waiting = start({ waitMs: 60_000 });
    pass(10_000);
    expect(await waiting).toBe('a1');
  });
});

describe('a job that was cancelled keeps its place in its group', () => {
  beforeEach(async () => {
    await set('a', 'a1', { jobId: 'j' });
    await setAll('a2');
    await start();
    await engine.cancel('q', 'j');
    expect(await startAll()).toEqual([]);
  });

  it('until its holder reports its end', async () => {
    await engine.complete(token('a1'), undefined);
    expect(await startAll()).toEqual(['a2']);
  });

  it('until its connection ends', async () => {
    await engine.release(token('a1'), 'death');
    expect(await startAll()).toEqual(['a2']);
  });

  it('until its lease is over, also after a restart', async () => {
    await restart('kill');
    expect(await startAll()).toEqual([]);
    const waiting = start({ waitMs: 60_000 });
    pass(10_000);
    expect(await waiting).toBe('a2');
  });
});

describe('the group', () => {
  async function groupOf(queue: string): Promise<string | undefined> {
    return (await engine.peek(queue))?.group;
  }

  it('stays with a dead letter', async () => {
    policies.set('q', { deadLetterTo: 'dead' });
    await set('a', 'a1');
    await start();
    await engine.fail(token('a1'), 'no', true);
    expect(await groupOf('dead')).toBe('a');
    await engine.enqueue('dead', 'a2', { group: 'a' });
    expect(await startAll('dead')).toEqual(['a1']);
  });

  it('stays with what is passed on', async () => {
    policies.set('q', { fanoutTo: ['copy'] });
    await setAll('a1', 'a2');
    expect(await startAll('copy')).toEqual(['a1']);
    expect(await startAll()).toEqual(['a1']);
  });

  it('stays with what moves, and waits over there for what waits for its backoff', async () => {
    await setAll('a1', 'a2');
    await start();
    await engine.fail(token('a1'), 'no');
    await engine.move('q', 'p');
    expect(await groupOf('p')).toBe('a');
    expect(await startAll('p')).toEqual([]);
    await set('a', 'a3');
    expect(await startAll()).toEqual(['a3']);
    pass(60_000);
    expect(await startAll('p')).toEqual(['a1']);
  });

  it('stays with what is tried again, and over a restart', async () => {
    await setAll('a1');
    await start();
    await engine.fail(token('a1'), 'no', true);
    await restart('kill');
    await engine.retryFailed('q');
    expect(await groupOf('q')).toBe('a');
  });

  it('is that of the message that takes the place of a job', async () => {
    await setAll('a1');
    await start();
    await set('a', 'first', { jobId: 'j' });
    expect(await startAll()).toEqual([]);
    await set('b', 'second', { jobId: 'j' });
    expect(await startAll()).toEqual(['second']);
    await engine.release(token('second'), 'return');
    await set('a', 'third', { jobId: 'j' });
    expect(await startAll()).toEqual([]);
    await set('', 'fourth', { jobId: 'j' });
    expect(await startAll()).toEqual(['fourth']);
    expect((await engine.status('q', 'j'))?.group).toBe('');
  });

  it('waits no more for a run that the same job takes the place of', async () => {
    await set('a', 'run', { jobId: 'j', everyMs: 5000 });
    await setAll('a1');
    pass(5000);
    await start();
    await engine.fail(token('run'), 'no');
    expect(await startAll()).toEqual([]);
    await set('a', 'run', { jobId: 'j', everyMs: 5000 });
    expect(await startAll()).toEqual(['a1']);
  });

  it('is told by the status of a job, while it waits, runs and once it is done', async () => {
    await set('a', 'a1', { jobId: 'j' });
    for (const state of ['waiting', 'running', 'complete']) {
      expect(await engine.status('q', 'j')).toMatchObject({ state, group: 'a' });
      if (state === 'waiting') await start();
      else if (state === 'running') await engine.complete(token('a1'), undefined);
    }
  });
});

describe('a look', () => {
  it('shows what is next, and what is first where nothing may be had', async () => {
    await setAll('a1', 'a2', 'b1');
    await start();
    expect((await engine.peek('q'))?.group).toBe('b');
    await start();
    expect(textOf((await engine.peek('q')) as never)).toBe('a2');
  });

  it('with a list shows nothing that may not be had', async () => {
    await setAll('a1', 'a2');
    await start();
    expect(await engine.peek('q', false)).toBeDefined();
    const watchList = WatchList.parse('q') as WatchList;
    const peeked = new Promise((resolve, reject) =>
      engine.engine.peek({ queue: '', failed: false, jobId: '', watchList }, { resolve, reject }),
    );
    expect(await peeked).toBeUndefined();
  });
});

describe('what is done to a whole queue', () => {
  it('a purge leaves nothing that a group waits for', async () => {
    await setAll('a1', 'a2', 'b1');
    await start();
    await engine.fail(token('a1'), 'no');
    await start();
    await engine.purge('q');
    await setAll('a3', 'b2');
    expect(await startAll()).toEqual(['a3']);
    await engine.complete(token('b1'), undefined);
    expect(await startAll()).toEqual(['b2']);
  });

  it('a drop leaves nothing that runs', async () => {
    await setAll('a1');
    await start();
    await engine.drop('q');
    await setAll('a2');
    expect(await startAll()).toEqual(['a2']);
  });

  it('a move takes what waits, and what runs goes on to hold its group here', async () => {
    await setAll('a1', 'a2');
    await start();
    await engine.move('q', 'p');
    await setAll('a3');
    expect([await startAll(), await startAll('p')]).toEqual([[], ['a2']]);
  });

  it('what a full queue drops is the oldest, whether its group may go on or not', async () => {
    setPolicy('q', { maxItems: 3, whenFull: 'drop_oldest' });
    await setAll('a1', 'a2', 'b1');
    await start();
    await setAll('b2');
    expect(await startAll()).toEqual(['b1']);
    await engine.complete(token('a1'), undefined);
    expect(await startAll()).toEqual([]);
    expect(engine.statsOf('q')).toMatchObject({ dropped: 1 });
  });
});
