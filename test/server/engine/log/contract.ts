import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { queueSize } from '../../../../server/engine/log/codec/sizes.ts';
import { type Log, type Position, TrimmedError } from '../../../../server/engine/log/log.ts';
import { amount } from '../../../helpers/amount.ts';
import { saying } from './codec/arbitrary-events.ts';
import { driven, inSteps, type LogHarness, messageOf, replayed, type Told, Writer } from './log-harness.ts';

/** The smallest segments that do. */
export const SEGMENT = 64 * 1024;

/** Events, but for those that say which ids were given out: where those come is up to the log. */
function withoutIds(told: Told): Told {
  return told.filter(([, { type }]) => type !== 'identifiers');
}

/** What is answered, in order. */
class Answers {
  readonly given: unknown[] = [];

  when(log: Log, level: 'written' | 'durable', value: unknown): void {
    const resolve = () => this.given.push(value);
    const reject = (error: Error) => this.given.push(error);
    log.when(level, { resolve, reject }, value);
  }
}

/** The contract of `Log`, which every log keeps. */
export function describeLog(name: string, make: () => LogHarness): void {
  describe(name, () => {
    let harness: LogHarness;
    let writer: Writer;

    beforeEach(async () => {
      harness = make();
      writer = await Writer.open(harness);
    });
    afterEach(async () => {
      harness.release?.();
      await driven(harness, writer.log.close()).catch(() => {});
    });

    describe('appending', () => {
      it('gives positions that ascend, and sizes, to events of any kind', () => {
        let end = writer.log.end;
        fc.assert(
          fc.property(saying(), (what) => {
            const before = writer.log.end;
            const position = writer.append(what);
            expect(position).toBeGreaterThanOrEqual(before);
            expect(writer.log.end).toBeGreaterThan(position);
            end = writer.log.end;
          }),
          { numRuns: amount(80, 200) },
        );
        expect(writer.log.end).toBe(end);
        const positions = writer.appended.map(([position]) => position);
        expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
      });

      it('begins every segment with a checkpoint', async () => {
        expect(writer.segments.length).toBe(1);
        await writer.messages(200);
        await writer.flushed();
        expect(writer.segments.length).toBeGreaterThan(2);
        const { told } = await replayed(harness, writer.log);
        const checkpoints = told
          .filter(([, { type }]) => type === 'identifiers')
          .map(([position]) => position);
        expect(checkpoints).toEqual(writer.segments);
      });

      it('calls onWritten once for a turn in which there was something', async () => {
        await writer.flushed();
        await harness.settle();
        let calls = 0;
        writer.log.onWritten = () => calls++;
        for (let i = 0; i < 10; i++) writer.message();
        expect(calls).toBe(0);
        await writer.flushed();
        await harness.settle();
        expect(calls).toBeGreaterThan(0);
        expect(calls).toBeLessThan(5);
      });
    });

    describe('records', () => {
      it('are found in memory at once, and loaded', async () => {
        const all = await writer.messages(30);
        for (const [index, { position, size, body }] of all.entries()) {
          const found = writer.log.find(position, size);
          const loaded = await driven(harness, writer.log.load(position, size));
          for (const record of [found!, loaded]) {
            expect(record).toMatchObject({
              position,
              size,
              order: index + 1,
              slot: index + 1,
              queue: 1,
              state: 1,
            });
            expect(String(record.error)).toBe('why');
            expect(record.block.bytes.subarray(record.bodyStart, record.bodyEnd)).toEqual(body);
          }
        }
      });
    });

    describe('answers', () => {
      it('are given at once when nothing is under way', async () => {
        writer.message();
        await writer.flushed();
        const answers = new Answers();
        answers.when(writer.log, 'written', 1);
        answers.when(writer.log, 'durable', 2);
        expect(answers.given).toEqual([1, 2]);
        expect(writer.log.durable).toBe(writer.log.end);
      });

      it('come in the order in which they were asked for, on each level', async () => {
        const durable = new Answers();
        const written = new Answers();
        for (let i = 0; i < 50; i++) {
          writer.message();
          durable.when(writer.log, 'durable', i);
          written.when(writer.log, 'written', i);
          if (i % 9 === 0) await harness.settle();
        }
        await writer.flushed();
        const all = Array.from({ length: 50 }, (_, i) => i);
        expect(durable.given).toEqual(all);
        expect(written.given).toEqual(all);
      });

      it('are each given once, with whatever is asked for meanwhile', async () => {
        const given: number[] = [];
        const ask = (depth: number): void => {
          writer.message();
          const resolve = () => {
            given.push(depth);
            if (depth < 20) ask(depth + 1);
          };
          writer.log.when(
            depth % 2 === 0 ? 'durable' : 'written',
            { resolve, reject: () => expect.unreachable() },
            depth,
          );
        };
        ask(0);
        for (let i = 0; i < 200 && given.length < 21; i++) await harness.settle();
        expect(given).toEqual(Array.from({ length: 21 }, (_, i) => i));
      });

      it('wait for what was appended before, and only for that', async () => {
        if (harness.hold === undefined) return;
        await writer.flushed();
        harness.hold();
        const answers = new Answers();
        answers.when(writer.log, 'durable', 'nothing under way');
        expect(answers.given).toEqual(['nothing under way']);
        const { position } = writer.message();
        answers.when(writer.log, 'durable', 'the message');
        for (let i = 0; i < 20; i++) await harness.settle();
        expect(writer.log.durable).toBeLessThanOrEqual(position);
        // It saw what is not durable.
        answers.when(writer.log, 'durable', 'a look');
        for (let i = 0; i < 20; i++) await harness.settle();
        expect(answers.given).toEqual(['nothing under way']);
        harness.release?.();
        await writer.flushed();
        expect(answers.given).toEqual(['nothing under way', 'the message', 'a look']);
        expect(writer.log.durable).toBeGreaterThan(position);
      });

      it('say what is there after a crash, at whatever moment it comes', async () => {
        if (harness.crash === undefined) return;
        const durable = new Set<number>();
        for (let round = 0; round < 6; round++) {
          let isOver = false;
          for (let i = 0; i < 1 + round * 4; i++) {
            const order = writer.order + 1;
            const resolve = () => {
              if (!isOver) durable.add(order);
            };
            writer.message();
            writer.log.when('durable', { resolve, reject: () => {} }, undefined);
            if (i % 3 === 0) await harness.settle();
          }
          harness.crash();
          isOver = true;
          const next = await harness.open();
          const { told } = await replayed(harness, next);
          const there = new Set(told.map(([, { order }]) => order));
          expect([...durable].filter((order) => !there.has(order))).toEqual([]);
          const before = writer;
          writer = new Writer(harness, next);
          writer.order = before.order;
          await writer.start();
        }
        expect(durable.size).toBeGreaterThan(10);
      });
    });

    describe('a failure', () => {
      it('rejects all that waits and all that comes, for ever', async () => {
        if (harness.breakDown === undefined) return;
        await writer.flushed();
        const answers = new Answers();
        harness.breakDown();
        writer.message();
        answers.when(writer.log, 'durable', 1);
        answers.when(writer.log, 'durable', 2);
        for (let i = 0; i < 50; i++) await harness.settle();
        const { failure } = writer.log;
        expect(failure).toBeInstanceOf(Error);
        expect(answers.given).toEqual([failure, failure]);
        answers.when(writer.log, 'written', 3);
        answers.when(writer.log, 'durable', 4);
        expect(answers.given.slice(2)).toEqual([failure, failure]);
        await expect(driven(harness, writer.log.flush())).rejects.toBe(failure);
        expect(writer.log.failure).toBe(failure);
      });
    });

    describe('a replay', () => {
      it('tells what was appended, in order, from the beginning and from any cut', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(saying(), { maxLength: 40 }), { maxLength: 6 }),
            async (parts) => {
              const start = writer.appended.length;
              const first = await replayed(harness, writer.log);
              let { end } = first;
              const told = first.told.slice(0, 0);
              for (const part of parts) {
                for (const what of part) writer.append(what);
                if (part.length % 3 === 0) await harness.settle();
                if (part.length % 5 === 0) await writer.flushed();
                // Where only what is committed is told.
                if (harness.hold === undefined || part.length % 2 === 0) await writer.flushed();
                const next = await replayed(harness, writer.log, end);
                told.push(...next.told);
                ({ end } = next);
              }
              await writer.flushed();
              const last = await replayed(harness, writer.log, end);
              told.push(...last.told);
              expect(told).toEqual(writer.appended.slice(start));
              expect((await replayed(harness, writer.log)).told).toEqual(writer.appended);
            },
          ),
          { numRuns: 25 },
        );
      });

      it('goes over many segments, while more is appended', async () => {
        const whole = writer.messages(300);
        let { told, end } = await replayed(harness, writer.log);
        for (let i = 0; i < 40; i++) {
          const next = await replayed(harness, writer.log, end);
          told = [...told, ...next.told];
          ({ end } = next);
        }
        await driven(harness, whole);
        await writer.flushed();
        told = [...told, ...(await replayed(harness, writer.log, end)).told];
        expect(writer.segments.length).toBeGreaterThan(3);
        expect(told).toEqual(writer.appended);
      });

      it('gives what was there, and goes on behind it, after a close', async () => {
        if (harness.crash === undefined) return;
        await writer.messages(200);
        await writer.flushed();
        const { end } = writer.log;
        await driven(harness, writer.log.close());
        const next = await harness.open();
        const { told } = await replayed(harness, next);
        // What was given out and then lost is not given out again.
        const known = told.filter(([position]) => position < end);
        expect(known).toEqual(writer.appended);
        const { appended } = writer;
        writer = new Writer(harness, next);
        writer.order = 1000;
        await writer.start();
        expect(writer.segments.filter((position) => position < end)).toEqual([]);
        writer.message();
        await writer.flushed();
        const all = (await replayed(harness, next)).told;
        expect(withoutIds(all)).toEqual(withoutIds([...appended, ...writer.appended]));
      });
    });

    describe('space', () => {
      it('is there for everything', async () => {
        for (const kind of ['message', 'event', 'compaction'] as const) {
          for (let i = 0; i < 100 && !writer.log.admit(1000, kind); i++) await harness.settle();
          expect(writer.log.admit(1000, kind)).toBe(true);
        }
        expect(writer.log.refusal).toBeUndefined();
      });

      it('is given back by the oldest segment, once its survivors have moved', async () => {
        const { log } = writer;
        expect(log.compaction).toBe('idle');
        const all = await writer.messages(300);
        await writer.flushed();
        // All but every seventh is done with.
        const alive = new Map<Position, number>();
        for (const [index, { position, size }] of all.entries()) {
          if (index % 7 === 0) alive.set(position, size);
          else log.live.remove(position, size);
        }
        expect(log.compaction).toBe('due');
        const { bytes } = log;
        let freed = 0;
        for (; log.compaction !== 'idle'; freed++) {
          const oldest = log.oldest();
          const expected = [...alive.keys()].filter((position) => position < oldest.to);
          const seen: Position[] = [];
          const survivors = log.survivors(oldest, (_, position) => alive.has(position));
          for await (const record of inSteps(harness, survivors)) {
            const { position, size, order } = record;
            seen.push(position);
            const body = Buffer.from(record.block.bytes.subarray(record.bodyStart, record.bodyEnd));
            const moved = writer.append(messageOf(order, body));
            log.live.remove(position, size);
            log.live.add(moved, size);
            alive.delete(position);
            alive.set(moved, size);
          }
          expect(seen).toEqual(expected);
          expect(log.live.of(oldest)).toBe(0);
          await driven(harness, log.freeOldest());
          expect(log.oldest().from).toBe(oldest.to);
          expect(log.find(oldest.from, 8)).toBeUndefined();
        }
        expect(freed).toBeGreaterThan(1);
        expect(log.bytes).toBeLessThan(bytes);
        expect(log.bytes).toBeLessThanOrEqual(2 * log.live.total + 2 * SEGMENT + SEGMENT);
        for (const [position, size] of alive) {
          const record = await driven(harness, log.load(position, size));
          expect(record.size).toBe(size);
        }
        // Who follows from something that is gone has to begin anew.
        await expect(replayed(harness, log, all[0].position)).rejects.toBeInstanceOf(TrimmedError);
        await writer.flushed();
        const { from } = log.oldest();
        const { told } = await replayed(harness, log);
        expect(told).toEqual(writer.appended.filter(([position]) => position >= from));
        expect(told[0]?.[1].type).toBe('identifiers');
      });

      it('of a segment in which nothing lives is given back at once', async () => {
        const all = await writer.messages(100);
        for (const { position, size } of all.slice(0, 70)) writer.log.live.remove(position, size);
        expect(writer.log.live.of(writer.log.oldest())).toBe(0);
        expect(writer.log.compaction).toBe('due');
        const { to } = writer.log.oldest();
        await driven(harness, writer.log.freeOldest());
        expect(writer.log.oldest().from).toBe(to);
      });

      it('holds a checkpoint that has become larger than a segment', async () => {
        for (let i = 0; i < 3000; i++) {
          const name = `queue ${i}`;
          writer.append({ type: 'queue', queue: i, name, isPaused: false });
          writer.queues.push(name);
          writer.log.checkpointBytes += 32 + queueSize(name.length);
          for (let wait = 0; wait < 1000 && !writer.log.admit(200, 'event'); wait++) await harness.settle();
        }
        const before = writer.segments.length;
        await writer.messages(300);
        await writer.flushed();
        expect(writer.segments.length).toBeGreaterThan(before);
        expect((await replayed(harness, writer.log)).told).toEqual(writer.appended);
      });
    });

    it('tells of itself', async () => {
      await writer.messages(5);
      await writer.flushed();
      const details = new Map(writer.log.details());
      for (const name of ['segments', 'bytes', 'live_bytes', 'written_bytes']) {
        expect(Number(details.get(`journal_${name}`)), name).toBeGreaterThan(0);
      }
      expect(details.get('journal_failure')).toBe('none');
    });
  });
}
