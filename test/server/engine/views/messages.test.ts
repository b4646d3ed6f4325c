import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type ListedState,
  type MessagePage,
  type MessageRef,
  type MessageRow,
  refText,
} from '../../../../server/engine/api.ts';
import { DEFAULT_POLICY, type Policy } from '../../../../server/engine/policy.ts';
import { CursorError } from '../../../../shared/errors.ts';
import { body, type Options, TestEngine } from '../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../helpers/memory-disk.ts';
import { enqueueMany, swept } from '../very-many.ts';

const CLOCK = { now: 1_700_000_000_000 };

type Open = (options?: Options) => Promise<TestEngine>;

const onDisk: Open = (options) =>
  opened(TestEngine.open(new MemoryDisk(), { clock: () => CLOCK.now, ...options }));
const inMemory: Open = (options) => opened(TestEngine.openInMemory({ clock: () => CLOCK.now, ...options }));

async function opened(opening: Promise<TestEngine>): Promise<TestEngine> {
  const test = await opening;
  onTestFinished(() => test.close());
  return test;
}

function policy(changes: Partial<Policy>): Options {
  return { policy: () => ({ ...DEFAULT_POLICY, ...changes }) };
}

/** The ids of all jobs that a list tells, page by page. */
async function listed(
  test: TestEngine,
  state: ListedState,
  limit = 1000,
  filter: { queue?: string; group?: string; text?: string } = {},
): Promise<string[]> {
  const rows: MessageRow[] = [];
  let cursor: string | undefined;
  do {
    const page: MessagePage = await test.engine.messages.list({
      queue: 'q',
      state,
      cursor,
      limit,
      ...filter,
    });
    rows.push(...page.rows);
    cursor = page.next;
  } while (cursor !== undefined);
  expect(rows.every((row) => row.state === state)).toBe(true);
  return rows.map(({ jobId }) => jobId);
}

async function job(
  test: TestEngine,
  jobId: string,
  options: Parameters<TestEngine['enqueue']>[2] = {},
): Promise<void> {
  await test.enqueue('q', `body of ${jobId}`, { jobId, ...options });
}

function refOf(test: TestEngine, jobId: string, queue = 'q'): MessageRef {
  const ref = test.engine.messages.refOf(queue, jobId);
  if (ref === undefined) throw new Error(`there is no ${jobId} in ${queue}`);
  return ref;
}

async function lease(test: TestEngine, holder = 'worker'): Promise<number> {
  const delivery = await test.reserve('q', { mode: 'lease', leaseMs: 60_000, holder });
  return delivery?.token ?? 0;
}

describe.each([
  ['on a disk', onDisk],
  ['in memory', inMemory],
])('messages, %s', (_, open) => {
  describe('a list', () => {
    it('has what is ready by priority and order, with groups that may go on or not, page by page', async () => {
      const test = await open();
      await job(test, 'c');
      await job(test, 'd', { group: 'g' });
      await job(test, 'e', { group: 'h', priority: 2000 });
      await job(test, 'f', { group: 'g' });
      await job(test, 'b', { priority: 5 });
      await job(test, 'g');
      await job(test, 'a', { ahead: true, priority: 0 });
      for (const limit of [1, 2, 3, 100]) {
        expect(await listed(test, 'ready', limit)).toEqual(['a', 'b', 'c', 'd', 'f', 'g', 'e']);
      }
      for (const limit of [1, 100]) {
        expect(await listed(test, 'ready', limit, { group: 'g' })).toEqual(['d', 'f']);
      }
    });

    it('has what is ready in that order, too, where groups take turns', async () => {
      const test = await open(policy({ groupTurns: 'fair' }));
      for (const group of ['g', 'g', 'h', '', 'i', 'h', 'g']) await test.enqueue('q', 'x', { group });
      const { rows } = await test.engine.messages.list({
        queue: 'q',
        state: 'ready',
        cursor: undefined,
        limit: 9,
      });
      expect(rows.map(({ group }) => group)).toEqual(['g', 'g', 'h', '', 'i', 'h', 'g']);
    });

    it('has what is delayed by the time when it is due', async () => {
      const test = await open();
      for (const [jobId, delayMs] of [
        ['c', 3000],
        ['a', 1000],
        ['d', 3000],
        ['b', 2000],
      ] as const) {
        await job(test, jobId, { delayMs });
      }
      await test.enqueue('other', 'x', { delayMs: 1500, jobId: 'x' });
      for (const bounds of [{}, { few: 0 }, { few: 0, steps: 2 }]) {
        Object.assign(test.engine.messages.listing.bounds, bounds);
        expect(await listed(test, 'delayed', 1)).toEqual(['a', 'b', 'c', 'd']);
        expect(await listed(test, 'delayed')).toEqual(['a', 'b', 'c', 'd']);
      }
    });

    it('has what is reserved by when it was taken, though its lease was extended', async () => {
      const test = await open();
      for (const jobId of ['a', 'b', 'c']) await job(test, jobId);
      const first = await lease(test);
      CLOCK.now += 10;
      await lease(test);
      await lease(test);
      await test.extend(first, 90_000);
      await test.cancel('q', 'b');
      expect(await listed(test, 'reserved', 2)).toEqual(['a', 'b', 'c']);
      const { rows } = await test.engine.messages.running(undefined, 10);
      expect(rows).toMatchObject([
        {
          jobId: 'a',
          holder: 'worker',
          startedAt: CLOCK.now - 10,
          deadline: CLOCK.now + 90_000,
          isCancelled: false,
        },
        { jobId: 'b', isCancelled: true },
        { jobId: 'c', state: 'reserved' },
      ]);
    });

    it('has what has failed and what has ended, the last first, those of one moment as well', async () => {
      const test = await open();
      for (let i = 0; i < 6; i++) await job(test, `${i}`);
      const tokens = [];
      for (let i = 0; i < 6; i++) tokens.push(await lease(test));
      for (const i of [1, 0, 2]) await test.fail(tokens[i] as number, 'why', true);
      CLOCK.now++;
      const failedAt = CLOCK.now;
      await test.fail(tokens[3] as number, 'why', true);
      await test.complete(tokens[5] as number);
      CLOCK.now++;
      await test.complete(tokens[4] as number);
      for (const limit of [1, 2, 9]) {
        expect(await listed(test, 'failed', limit)).toEqual(['3', '2', '1', '0']);
        expect(await listed(test, 'ended', limit)).toEqual(['4', '5']);
      }
      const { rows } = await test.engine.messages.list({
        queue: 'q',
        state: 'failed',
        cursor: undefined,
        limit: 1,
      });
      const [{ key }] = test.engine.failures.groups('q');
      expect(rows).toMatchObject([{ endedAt: failedAt, errorGroup: key }]);
      const ended = await test.engine.messages.list({
        queue: 'q',
        state: 'ended',
        cursor: undefined,
        limit: 1,
      });
      expect(ended.rows).toMatchObject([{ endedAt: CLOCK.now, attempts: 1 }]);
    });

    it('goes on at the next where the message of its cursor is gone', async () => {
      const test = await open();
      for (let i = 0; i < 6; i++) await job(test, `${i}`);
      const first = await test.engine.messages.list({
        queue: 'q',
        state: 'ready',
        cursor: undefined,
        limit: 2,
      });
      for (const id of ['0', '1', '2']) await test.cancel('q', id);
      const second = await test.engine.messages.list({
        queue: 'q',
        state: 'ready',
        cursor: first.next,
        limit: 2,
      });
      expect(second.rows.map(({ jobId }) => jobId)).toEqual(['3', '4']);
    });

    it('refuses a cursor that it has not given, and one of another list', async () => {
      const test = await open();
      for (let i = 0; i < 3; i++) await job(test, `${i}`);
      const { messages } = test.engine;
      const of = { queue: 'q', limit: 2 };
      const { next } = await messages.list({ ...of, state: 'ready', cursor: undefined });
      expect(next).toBeDefined();
      await expect(messages.list({ ...of, state: 'delayed', cursor: next })).rejects.toThrow(CursorError);
      await expect(messages.list({ ...of, queue: 'nowhere', state: 'ready', cursor: 'x' })).rejects.toThrow(
        CursorError,
      );
      await expect(messages.search({ text: 'body', limit: 1, cursor: next })).rejects.toThrow(CursorError);
      for (const cursor of ['', 'nonsense', 'e30', 'WyJyZWFkeSJd', 'WyJ0ZXh0IiwtMV0']) {
        await expect(messages.list({ ...of, state: 'ready', cursor })).rejects.toThrow(CursorError);
        await expect(messages.list({ ...of, state: 'ready', text: 'x', cursor })).rejects.toThrow(
          CursorError,
        );
        await expect(messages.running(cursor, 1)).rejects.toThrow(CursorError);
        await expect(messages.search({ text: 'body', limit: 1, cursor })).rejects.toThrow(CursorError);
      }
    });

    it('looks at a part of very many at a time where few are wanted, and goes on', async () => {
      const test = await open();
      for (let i = 0; i < 12; i++) {
        await job(test, `${i}`);
        await test.fail(await lease(test), i % 6 === 0 ? 'one' : 'another', true);
      }
      test.engine.messages.listing.bounds.looks = 5;
      const groups = test.engine.failures.groups('q');
      const errorGroup = groups.find(({ sample }) => sample === 'one')?.key ?? '';
      const pages: MessagePage[] = [];
      for (let cursor: string | undefined; pages.length === 0 || cursor !== undefined; ) {
        const page: MessagePage = await test.engine.messages.list({
          queue: 'q',
          state: 'failed',
          errorGroup,
          cursor,
          limit: 9,
        });
        pages.push(page);
        cursor = page.next;
      }
      expect(pages.map(({ scanned }) => scanned)).toEqual([5, 5, 2]);
      expect(pages.map(({ rows }) => rows.map(({ jobId }) => jobId))).toEqual([[], ['6'], ['0']]);
    });

    it('has nothing of a queue that there is not', async () => {
      const test = await open();
      expect(await listed(test, 'ready', 10, { queue: 'nowhere' })).toEqual([]);
      expect(await test.engine.messages.running(undefined, 10, 'nowhere')).toMatchObject({ rows: [] });
    });

    it('leaves out what has expired, though nobody has come upon it', async () => {
      const test = await open();
      await job(test, 'mortal', { exptime: 100 });
      await job(test, 'delayed', { exptime: 100, delayMs: 1_000_000 });
      await job(test, 'lasting');
      const ref = refOf(test, 'mortal');
      expect(await listed(test, 'ready')).toEqual(['mortal', 'lasting']);
      CLOCK.now += 102_000;
      expect(await listed(test, 'ready')).toEqual(['lasting']);
      expect(await listed(test, 'delayed')).toEqual([]);
      expect(test.engine.messages.refOf('q', 'mortal')).toBeUndefined();
      expect(test.engine.messages.row(ref)).toBeUndefined();
      expect(await test.engine.messages.inspect(ref)).toBeUndefined();
      expect(
        (await test.engine.messages.search({ text: 'mortal', cursor: undefined, limit: 9 })).rows,
      ).toEqual([]);
    });

    it('leaves out what is discarded and what is aside, which its handle still finds', async () => {
      const test = await open();
      await enqueueMany(test, 'q', 1200, 'old');
      await enqueueMany(test, 'q', 1200, 'late');
      const all = { queue: 'q', state: 'ready', cursor: undefined, limit: 5000 } as const;
      const { rows } = await test.engine.messages.list(all);
      expect(rows).toHaveLength(2400);
      const moving = test.move('q', 'to');
      const ref = (rows.at(-1) as MessageRow).ref;
      for (const bounds of [{}, { few: 0, steps: 1, sliceMs: 1000 }]) {
        Object.assign(test.engine.messages.listing.bounds, bounds);
        const page = test.engine.messages.list(all);
        expect(test.engine.messages.row(ref)).toMatchObject({ queue: 'q', jobId: 'late1199' });
        expect((await page).rows).toEqual([]);
      }
      expect(await moving).toBe(2400);
      expect(test.engine.messages.row(ref)).toMatchObject({ queue: 'to', jobId: 'late1199' });
      expect(await listed(test, 'ready', 1000, { queue: 'to' })).toHaveLength(2400);
      const purging = test.purge('to');
      const page = test.engine.messages.list({ ...all, queue: 'to' });
      expect(test.engine.messages.row(ref)).toBeUndefined();
      expect((await page).rows).toEqual([]);
      await purging;
      await swept(test);
    });

    it('has those that have a text in their id, their error or their body', async () => {
      const test = await open();
      await job(test, 'needle');
      await job(test, 'other');
      await test.enqueue('q', 'hay with a ne\u00e9dle in it', { jobId: 'body' });
      expect(await listed(test, 'ready', 1, { text: 'needle' })).toEqual(['needle']);
      expect(await listed(test, 'ready', 1, { text: 'ne\u00e9dle' })).toEqual(['body']);
      await test.fail(await lease(test), 'Error: a needle broke', true);
      await test.fail(await lease(test), 'Error: thread', true);
      expect(await listed(test, 'failed', 1, { text: 'needle broke' })).toEqual(['needle']);
      expect(await listed(test, 'failed', 1, { text: 'nowhere' })).toEqual([]);
    });
  });

  describe('one message', () => {
    it('is told with its record, whatever its state', async () => {
      const test = await open(policy({ maxAttempts: 2, backoff: { kind: 'none' } }));
      await test.enqueue('q', 'payload', { jobId: 'j', flags: 7, group: 'g', maxAttempts: 3, priority: 9 });
      const { messages } = test.engine;
      const ref = refOf(test, 'j');
      expect(await messages.inspect(ref)).toMatchObject({
        state: 'ready',
        jobId: 'j',
        group: 'g',
        priority: 9,
        flags: 7,
        maxAttempts: 3,
        attempts: 0,
        enqueuedAt: CLOCK.now,
        error: '',
        history: [],
        outcome: undefined,
        repeats: false,
        heldBack: undefined,
        body: Buffer.from('payload'),
        result: Buffer.alloc(0),
      });
      const token = await lease(test, 'me');
      await test.progress(token, 'half');
      expect(await messages.inspect(ref)).toMatchObject({
        state: 'reserved',
        holder: 'me',
        heldBy: 'me',
        progress: 'half',
        attempts: 1,
        startedAt: CLOCK.now,
      });
      await test.fail(token, 'Error: bad\n at x');
      expect(await messages.inspect(ref)).toMatchObject({
        error: 'Error: bad\n at x',
        attempts: 1,
        state: 'ready',
      });
      await test.complete(await lease(test), 'fine');
      expect(await messages.inspect(ref)).toMatchObject({
        state: 'ended',
        outcome: 'complete',
        result: Buffer.from('fine'),
        body: Buffer.alloc(0),
        endedAt: CLOCK.now,
      });
      CLOCK.now += DEFAULT_POLICY.keepDoneMs;
      expect(await messages.inspect(ref)).toBeUndefined();
      expect(messages.row({ slot: 123_456_789, id: 3 })).toBeUndefined();
      expect(messages.row({ ...ref, id: ref.id + 1 })).toBeUndefined();
    });

    it('tells why it is held back, and that it repeats', async () => {
      const test = await open();
      await job(test, 'j', { everyMs: 60_000 });
      await test.pause('q');
      const ref = refOf(test, 'j');
      expect(test.engine.messages.row(ref)).toMatchObject({ repeats: true, heldBack: 'paused' });
      expect(await test.engine.messages.inspect(ref)).toMatchObject({ everyMs: 60_000, cron: undefined });
    });

    it('is previewed with others, in their order', async () => {
      const test = await open();
      await job(test, 'a', { flags: 3 });
      await job(test, 'b');
      const { messages } = test.engine;
      await test.fail(await lease(test), 'Error: long', true);
      const [a, b] = [refOf(test, 'a'), refOf(test, 'b')];
      const gone = { slot: 4000, id: 17 };
      expect(await messages.preview([b, gone, a], 6)).toEqual([
        { body: Buffer.from('body o'), bodyBytes: 9, flags: 0, error: '' },
        undefined,
        { body: Buffer.from('body o'), bodyBytes: 9, flags: 3, error: 'Error:' },
      ]);
    });
  });

  describe('a search', () => {
    async function found(test: TestEngine, text: string, limit: number, of = {}): Promise<string[]> {
      const rows: MessageRow[] = [];
      let cursor: string | undefined;
      do {
        const page: MessagePage = await test.engine.messages.search({ text, cursor, limit, ...of });
        expect(page.rows.length).toBeLessThanOrEqual(limit);
        rows.push(...page.rows);
        cursor = page.next;
      } while (cursor !== undefined);
      return rows.map(({ queue, jobId }) => `${queue}/${jobId}`);
    }

    it('has first those whose id or handle it is, then those that have it somewhere, each once', async () => {
      const test = await open();
      await test.enqueue('a', 'nothing', { jobId: 'x17' });
      await test.enqueue('b', 'about 17', { jobId: 'y' });
      await test.enqueue('b', '17', { jobId: '17' });
      await test.enqueue('c', 'nothing', { jobId: 'z' });
      await test.enqueue('c', '17', { jobId: '17', delayMs: 1000 });
      for (const limit of [1, 2, 10]) {
        expect(await found(test, '17', limit)).toEqual(['b/17', 'c/17', 'a/x17', 'b/y']);
        expect(await found(test, '17', limit, { queue: 'b' })).toEqual(['b/17', 'b/y']);
        expect(await found(test, '17', limit, { state: 'delayed' })).toEqual(['c/17']);
        expect(await found(test, 'no such text', limit)).toEqual([]);
        expect(await found(test, '', limit, { queue: 'c' })).toEqual(['c/z', 'c/17']);
        expect(await found(test, refText(refOf(test, 'z', 'c')), limit)).toEqual(['c/z']);
      }
    });

    it('tells how many it has looked at, and stops after ten thousand', async () => {
      const test = await open();
      await enqueueMany(test, 'q', 12_000);
      await test.enqueue('q', 'the needle', { jobId: 'j' });
      const request = { text: 'needle', limit: 10 };
      let [scanned, calls] = [0, 0];
      const rows: MessageRow[] = [];
      let cursor: string | undefined;
      do {
        const page: MessagePage = await test.engine.messages.search({ ...request, cursor });
        expect(page.scanned).toBeLessThanOrEqual(10_000);
        scanned += page.scanned;
        calls++;
        rows.push(...page.rows);
        cursor = page.next;
      } while (cursor !== undefined);
      expect(scanned).toBe(12_001);
      expect(calls).toBeGreaterThan(1);
      expect(rows).toMatchObject([{ jobId: 'j' }]);
    });
  });
});

describe('messages on a disk', () => {
  it('have the same handle after a restart, and are listed as before', async () => {
    const disk = new MemoryDisk();
    const options = { clock: () => CLOCK.now };
    const before = await TestEngine.open(disk, options);
    for (let i = 0; i < 9; i++)
      await before.enqueue('q', body(i), { jobId: `${i}`, priority: i % 3, delayMs: i > 6 ? 1000 : 0 });
    await before.fail(await lease(before), 'why', true);
    await before.complete(await lease(before), 'done');
    await lease(before);
    const told = async (test: TestEngine) => {
      const lists = [];
      for (const state of ['ready', 'delayed', 'reserved', 'failed', 'ended'] as const) {
        const { rows } = await test.engine.messages.list({ queue: 'q', state, cursor: undefined, limit: 9 });
        lists.push(
          ...rows.map(({ ref, state, jobId, attempts, endedAt }) => ({
            ref,
            state,
            jobId,
            attempts,
            endedAt,
          })),
        );
      }
      return lists;
    };
    const lists = await told(before);
    await before.close();
    const after = await opened(TestEngine.open(disk, options));
    expect(lists).toHaveLength(9);
    expect(await told(after)).toEqual(lists);
    const first = lists[0] as MessageRow;
    expect(String((await after.engine.messages.inspect(first.ref))?.body)).toBe(body(Number(first.jobId)));
  });

  it('are opened without a place in the memory of clients, two reads at a time', async () => {
    const disk = new MemoryDisk();
    const options = { cacheSize: 1024 * 1024, segmentSize: 4 * 1024 * 1024 };
    const before = await TestEngine.open(disk, options);
    for (let i = 0; i < 300; i++) await before.enqueue('q', body(i, 10_000), { jobId: `${i}` });
    await before.close();
    let [reading, most, count] = [0, 0, 0];
    const open = disk.open.bind(disk);
    disk.open = (path, create) => {
      const file = open(path, create);
      const readLater = file.readLater.bind(file);
      file.readLater = async (into, position) => {
        most = Math.max(most, ++reading);
        count++;
        const read = await readLater(into, position);
        reading--;
        return read;
      };
      return file;
    };
    const test = await opened(TestEngine.open(disk, options));
    const cached = test.detail('cache_bytes');
    const { messages } = test.engine;
    const { rows } = await messages.list({ queue: 'q', state: 'ready', cursor: undefined, limit: 300 });
    // Farther from one another than what is read at once.
    const far = rows.filter((_, i) => i % 30 === 0);
    const opening = far.map(async ({ ref, jobId }) => {
      expect(String((await messages.inspect(ref))?.body)).toBe(body(Number(jobId), 10_000));
    });
    await Promise.all(opening);
    await messages.preview(
      rows.map(({ ref }) => ref),
      100,
    );
    expect(count).toBeGreaterThan(10);
    expect(most).toBe(2);
    expect(test.detail('cache_bytes')).toBe(cached);
  });

  it('that are damaged are told as such, and change nothing', async () => {
    const disk = new MemoryDisk();
    const before = await TestEngine.open(disk);
    await before.enqueue('q', 'precious words', { jobId: 'j' });
    await before.close();
    const segment = disk.contents('0000000001.journal');
    const test = await opened(TestEngine.open(disk, { cacheSize: 0 }));
    segment[segment.indexOf('precious')] ^= 4;
    const { messages } = test.engine;
    const ref = refOf(test, 'j');
    await expect(messages.inspect(ref)).rejects.toThrow(/damaged at offset/);
    expect(await messages.preview([ref], 10)).toMatchObject([
      { bodyBytes: 0, error: expect.stringMatching(/damaged/) },
    ]);
    expect(await listed(test, 'ready', 5, { text: 'words' })).toEqual([]);
    expect(test.statsOf('q')).toMatchObject({ ready: 1, failed: 0 });
  });
});
