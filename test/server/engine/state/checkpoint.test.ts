import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queueCost } from '../../../../server/engine/costs.ts';
import { LiveBytes } from '../../../../server/engine/log/live-bytes.ts';
import {
  decodePage,
  encodePage,
  type PageEntry,
  pageSize,
} from '../../../../server/engine/state/checkpoint-page.ts';
import { ALL_QUEUES, Event, EventType, PAGE_QUEUES } from '../../../../server/engine/state/events.ts';
import { State } from '../../../../server/engine/state/state-machine.ts';
import { amount } from '../../../helpers/amount.ts';
import { body, TestEngine } from '../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../helpers/memory-disk.ts';

/** Bytes that no name has: NUL, blank, CR, LF and the slash. */
const FORBIDDEN = [0, 10, 13, 32, 47];

const letter = fc
  .integer({ min: 1, max: 255 })
  .filter((byte) => !FORBIDDEN.includes(byte))
  .map((byte) => String.fromCharCode(byte));
const anything = fc.string({ unit: letter, minLength: 1, maxLength: 250 });
/** Of few letters and by repetition, so that many have much in common, and some begin with the whole of others. */
const alike = fc
  .tuple(
    fc.constantFrom('a', '\xff', 'ab'),
    fc.integer({ min: 1, max: 124 }),
    fc.constantFrom('', 'b', '\x01'),
  )
  .map(([unit, count, end]) => unit.repeat(count) + end);
const numbered = fc.nat(99_999).map((n) => `queue-of-customer-${n}`);
const name = fc.oneof(anything, alike, numbered);
const entry: fc.Arbitrary<PageEntry> = fc.record({ name, isPaused: fc.boolean() });
const holes = fc.array(fc.option(entry, { nil: undefined }), { maxLength: PAGE_QUEUES });
const from = fc.oneof(fc.nat(100), fc.constant(2 ** 27 - 1)).map((page) => page * PAGE_QUEUES);

/** What is said of each number of a page. */
function full(entries: readonly (PageEntry | undefined)[]): (PageEntry | undefined)[] {
  return Array.from({ length: PAGE_QUEUES }, (_, i) => entries[i]);
}

describe('a page of a checkpoint', () => {
  it('gives back what was written, whatever the names are', () => {
    fc.assert(
      fc.property(holes, (entries) => {
        const page = encodePage(entries, 0);
        expect(full(decodePage(page))).toEqual(full(entries));
        expect(page.length % 8).toBe(0);
      }),
    );
  });

  it('takes the queues from its first number on, and the same bytes for the same queues', () => {
    fc.assert(
      fc.property(holes, fc.integer({ min: 1, max: 100 }), entry, (entries, before, other) => {
        const all = [...Array.from({ length: before }, () => other), ...full(entries), other];
        expect(encodePage(all, before)).toEqual(encodePage(entries, 0));
      }),
    );
  });

  it('is small where names are alike', () => {
    const queues = Array.from({ length: 32 }, (_, i) => ({ name: `customer-${1000 + i}`, isPaused: false }));
    expect(encodePage(queues, 0).length).toBeLessThan(32 * 5);
  });

  it('is no longer than a record may be that is looked for behind damage', () => {
    const queues = Array.from({ length: 32 }, (_, i) => ({
      name: String.fromCharCode(97 + i).repeat(250),
      isPaused: true,
    }));
    const { length } = encodePage(queues, 0);
    expect(length).toBe(pageSize(32 * 252));
    expect(length + 16).toBeLessThanOrEqual(72 + 4096 + 4096);
  });

  it('never does harm when it is damaged', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.tuple(holes, fc.nat(), fc.nat(255), fc.nat(600)).map(([entries, place, byte, cut]) => {
        const page = encodePage(entries, 0);
        page[place % page.length] = byte;
        return page.subarray(0, cut);
      }),
    );
    fc.assert(
      fc.property(bytes, from, fc.integer({ min: 0, max: ALL_QUEUES }), (page, first, target) => {
        const entries = decodePage(Buffer.from(page));
        expect(entries.length).toBeLessThanOrEqual(PAGE_QUEUES);
        for (const told of entries) expect((told?.name ?? '').length).toBeLessThanOrEqual(255);
        const state = new State(new LiveBytes());
        applyPage(state, first % 3200, target, Buffer.from(page));
        expect(state.queues.size).toBeLessThanOrEqual(PAGE_QUEUES);
      }),
      { numRuns: amount(200, 500) },
    );
  });
});

const event = new Event();

function applyPage(state: State, first: number, target: number, page: Buffer): void {
  Object.assign(event, { type: EventType.queues, queue: first, target, page });
  state.apply(event, 0);
}

function applyQueue(state: State, queue: number, what: PageEntry): void {
  Object.assign(event, { type: EventType.queue, queue, ...what });
  state.apply(event, 0);
}

function applyTo(state: State, type: EventType, queue: number): void {
  Object.assign(event, { type, queue });
  state.apply(event, 0);
}

/** All queues of a state, by their numbers. */
function queuesOf(state: State): Record<number, PageEntry> {
  return Object.fromEntries(
    [...state.queues.all()].map(({ number, name: named, isPaused }) => [number, { name: named, isPaused }]),
  );
}

/** Tells a checkpoint of one state to another. */
function tell(state: State, other: State): void {
  for (const { from: first, to, bytes } of state.queues.checkpoint.pages())
    applyPage(other, first, to, bytes);
}

const step = fc.record({
  number: fc.oneof(fc.nat(40), fc.nat(400)),
  name,
  what: fc.constantFrom('create', 'create', 'create', 'drop', 'pause', 'resume'),
});

describe('a checkpoint', () => {
  it('tells all queues, and takes as many bytes as it says', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 20 }), (steps, rhythm) => {
        const state = new State(new LiveBytes());
        const follower = new State(new LiveBytes());
        const { checkpoint } = state.queues;
        for (const [i, { number, name: named, what }] of steps.entries()) {
          const { pageCount, bytes } = checkpoint;
          const known = state.queues.byNumber(number);
          if (what === 'create') {
            if (known !== undefined || state.queues.get(named) !== undefined) continue;
            applyQueue(state, number, { name: named, isPaused: i % 2 === 0 });
            // A page more costs its header besides.
            const growth = checkpoint.bytes - bytes + 24 * (checkpoint.pageCount - pageCount);
            expect(growth).toBeLessThanOrEqual(queueCost(named.length));
          } else {
            applyTo(state, EventType[what], number);
            expect(checkpoint.bytes).toBeLessThanOrEqual(bytes);
            expect(checkpoint.pageCount).toBeLessThanOrEqual(pageCount);
          }
          if (i % rhythm > 0) continue;
          const pages = [...checkpoint.pages()];
          expect(pages.length).toBe(checkpoint.pageCount);
          expect(pages.reduce((sum, page) => sum + page.bytes.length, 0)).toBe(checkpoint.bytes);
          // One goes on where the last one ends, so that whoever reads them sees whether all are there.
          expect(pages[0].from).toBe(0);
          expect(pages.slice(1).map((page) => page.from)).toEqual(pages.slice(0, -1).map((page) => page.to));
          expect(pages.at(-1)!.to).toBe(ALL_QUEUES);
          const other = new State(new LiveBytes());
          tell(state, other);
          expect(queuesOf(other)).toEqual(queuesOf(state));
          // Whoever knew another state before has this one.
          tell(state, follower);
          expect(queuesOf(follower)).toEqual(queuesOf(state));
        }
      }),
      { numRuns: amount(80, 200) },
    );
  });

  it('changes nothing for whoever knows it, and costs no decoding', () => {
    const state = new State(new LiveBytes());
    for (let number = 0; number < 1000; number++)
      applyQueue(state, number, { name: `q${number}`, isPaused: number % 7 === 0 });
    const before = [...state.queues.all()];
    for (const { from: first, to, bytes } of [...state.queues.checkpoint.pages()]) {
      expect(state.queues.checkpoint.says(first, to, Buffer.from(bytes))).toBe(true);
      expect(state.queues.checkpoint.says(first, to, Buffer.from([...bytes.subarray(1), 1]))).toBe(false);
    }
    tell(state, state);
    expect([...state.queues.all()].every((queue, i) => queue === before[i])).toBe(true);
  });

  it('is one page where there is no queue, and says so', () => {
    const empty = new State(new LiveBytes());
    const other = new State(new LiveBytes());
    applyQueue(other, 0, { name: 'a', isPaused: false });
    applyQueue(other, 500, { name: 'b', isPaused: false });
    expect([...empty.queues.checkpoint.pages()].length).toBe(1);
    tell(empty, other);
    expect(other.queues.size).toBe(0);
  });
});

it('a segment begins with as many bytes as the log was told to keep space for', async () => {
  const engine = await TestEngine.openInMemory({ segmentSize: 1 << 24, maxQueues: 10_000 });
  const { log, state } = engine;
  /** What a checkpoint takes now, and what may be more: its batch headers. */
  const checkpoint = (): { takes: number; kept: number; headers: number } => {
    const { end } = log;
    log.onSegment();
    const headers = 32 + 8 * state.queues.checkpoint.pageCount;
    return { takes: log.end - end, kept: log.checkpointBytes, headers };
  };
  const expectExact = (): void => {
    const { takes, kept, headers } = checkpoint();
    expect(kept - takes).toBe(headers);
  };
  expectExact();
  for (let i = 0; i < 3000; i++) await engine.enqueue(`customer-${i % 7}-${i}`, 'x');
  expectExact();
  // While pages are still to be encoded as well.
  for (let i = 0; i < 3000; i += 5) await engine.drop(`customer-${i % 7}-${i}`);
  for (let i = 1; i < 3000; i += 5) await engine.pause(`customer-${i % 7}-${i}`);
  for (let i = 0; i < 500; i++) await engine.enqueue(`\xff${i}`.repeat(1 + (i % 40)), 'x');
  expectExact();
  await engine.close();
});

it('queues are what they were after a crash, when what told of them first is long freed', async () => {
  let disk = new MemoryDisk();
  let engine = await TestEngine.open(disk);
  const name = (i: number): string => `${i % 3 === 0 ? 'a' : 'b\xff'}-${i}`;
  const figures = () => engine.pages(1000).map(({ name: named, paused }) => [named, paused]);
  for (let i = 0; i < 300; i++) await engine.pause(name(i));
  for (let i = 0; i < 300; i += 2) await engine.resume(name(i));
  for (let i = 0; i < 300; i += 7) await engine.drop(name(i));
  for (let i = 0; engine.detail('journal_freed_segments') < 3; i++) {
    await engine.enqueue('churn', body(i));
    await engine.take('churn');
    if (i % 10 === 0) await engine.pause(name((i * 11) % 300));
    if (i % 10 === 5) await engine.drop(name((i * 11) % 300));
  }
  const before = figures();
  disk = disk.kill();
  await engine.close();
  engine = await TestEngine.open(disk);
  expect(before.length).toBeGreaterThan(150);
  expect(figures()).toEqual(before);
  await engine.close();
});
