import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Block } from '../../../../../server/engine/log/codec/block.ts';
import { readEvent, sealEvent, writeEvent } from '../../../../../server/engine/log/codec/event-record.ts';
import {
  readBatchHeader,
  readSegmentHeader,
  writeBatchHeader,
  writeSegmentHeader,
} from '../../../../../server/engine/log/codec/headers.ts';
import { headerSizeAt, isRecordAt, recordSizeAt } from '../../../../../server/engine/log/codec/layout.ts';
import { MessageRecord } from '../../../../../server/engine/log/codec/message-record.ts';
import { intact, RecordType, typeAt } from '../../../../../server/engine/log/codec/record.ts';
import {
  BATCH_HEADER_SIZE,
  MESSAGE_HEADER_SIZE,
  padded,
  SEGMENT_HEADER_SIZE,
  sizeOf,
} from '../../../../../server/engine/log/codec/sizes.ts';
import { decodeHistory, encodeAttempt } from '../../../../../server/engine/state/attempt-history.ts';
import {
  type Attributes,
  decodeAttributes,
  encodeAttributes,
  MOST_ATTRIBUTES,
} from '../../../../../server/engine/state/attributes.ts';
import { Event, EventType, NO_BYTES } from '../../../../../server/engine/state/events.ts';
import { MOST_DEATHS } from '../../../../../server/engine/state/setbacks.ts';
import { amount } from '../../../../helpers/amount.ts';
import { fill, type Said, said, saying, withoutBody } from './arbitrary-events.ts';

const CAPACITY = 4096;

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const time = fc.double({ min: 0, max: 2 ** 53, noNaN: true }).map((ms) => ms + 0);
/** Where a record may begin. */
const start = fc.integer({ min: 0, max: 64 }).map((n) => n * 8);
const signature = fc.record({ seed: uint32, mark: fc.integer({ min: 1, max: 0xffff_ffff }) });
const segment = fc.integer({ min: 1, max: 0xffff_ffff });

const block = fc.tuple(segment, signature).map(([number, ofLog]) => {
  const made = new Block(8 * number, CAPACITY, number, ofLog);
  // What earlier records left there.
  made.bytes.fill(0xa5);
  made.used = CAPACITY;
  return made;
});

/** Copies what a block has into one of another segment or log, as recycling a file does. */
function recycled(from: Block, number: number, ofLog: { seed: number; mark: number }): Block {
  const copy = new Block(0, from.capacity, number, ofLog);
  from.bytes.copy(copy.bytes);
  copy.used = from.used;
  return copy;
}

const event = new Event();

/** Writes what an event says, with its CRCs. */
function write(into: Block, at: number, what: Said): void {
  fill(event, what);
  writeEvent(into, at, event);
  sealEvent(into, at, event);
}

describe('the record of an event', () => {
  it.each(Object.keys(EventType) as (keyof typeof EventType)[])('gives back what was written: %s', (type) => {
    fc.assert(
      fc.property(block, start, saying(type), (into, at, what) => {
        write(into, at, what);
        const size = sizeOf(event);
        expect(typeAt(into, at)).toBe(EventType[type]);
        expect(isRecordAt(into, at)).toBe(true);
        expect(recordSizeAt(into, at)).toBe(size);
        const read = new Event();
        readEvent(into, at, read);
        expect(said(read)).toEqual(withoutBody(what));
        expect(read.size).toBe(size);
        expect(read.body.subarray(read.bodyStart, read.bodyEnd).length).toBe(0);
        // Nothing outside of its size was touched.
        expect(into.bytes.subarray(0, at).every((byte) => byte === 0xa5)).toBe(true);
        expect(into.bytes.subarray(at + size).every((byte) => byte === 0xa5)).toBe(true);
      }),
    );
  });

  it('notices any flipped bit of its header', () => {
    fc.assert(
      fc.property(block, start, saying(), fc.nat(), (into, at, what, position) => {
        write(into, at, what);
        const size = headerSizeAt(into, at);
        expect(intact(into, at, size)).toBe(true);
        const bit = position % (size * 8);
        into.bytes[at + (bit >> 3)] ^= 1 << (bit & 7);
        expect(intact(into, at, size)).toBe(false);
      }),
      { numRuns: amount(400, 1000) },
    );
  });

  it('is none in another segment, nor in another log', () => {
    fc.assert(
      fc.property(block, saying(), segment, signature, (into, what, other, foreign) => {
        const own = { seed: (into.crcStart - into.segment) >>> 0, mark: into.mark };
        fc.pre(other !== into.segment && (foreign.seed + into.segment) >>> 0 !== into.crcStart);
        write(into, 0, what);
        for (const copy of [recycled(into, other, own), recycled(into, into.segment, foreign)]) {
          expect(isRecordAt(copy, 0)).toBe(false);
        }
      }),
    );
  });
});

describe('a message record', () => {
  it('shows all that was written, and where it is', () => {
    fc.assert(
      fc.property(block, start, saying('message'), (into, at, what) => {
        write(into, at, what);
        const record = new MessageRecord().at(into, at);
        expect(record.headerIntact && record.bodyIntact).toBe(true);
        const { type: _, body, error, attributes, ...rest } = what;
        expect(record).toMatchObject({ ...rest, size: sizeOf(event), position: into.position + at });
        expect(record.error).toEqual(error);
        expect(record.attributes).toEqual(attributes);
        expect(record.bodyLength).toBe((body as Buffer).length);
        expect(into.bytes.subarray(record.bodyStart, record.bodyEnd)).toEqual(body);
        // The padding is not what happened to be in memory.
        expect(into.bytes.subarray(record.bodyEnd, at + record.size).every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  it('that has neither error nor attributes costs no views of them', () => {
    const what = { ...fc.sample(saying('message'), 1)[0], error: NO_BYTES, attributes: NO_BYTES } as Said;
    const into = fc.sample(block, 1)[0];
    write(into, 0, what);
    const read = new Event();
    readEvent(into, 0, read);
    expect(read.error).toBe(NO_BYTES);
    expect(read.attributes).toBe(NO_BYTES);
  });

  it('notices any flipped bit: in the header or the error by the header, in the body by the body', () => {
    fc.assert(
      fc.property(block, start, saying('message'), fc.nat(), (into, at, what, position) => {
        write(into, at, what);
        const record = new MessageRecord().at(into, at);
        const headerBits = (MESSAGE_HEADER_SIZE + event.error.length + event.attributes.length) * 8;
        const bit = position % (headerBits + record.bodyLength * 8);
        into.bytes[at + (bit >> 3)] ^= 1 << (bit & 7);
        if (bit < headerBits) expect(record.headerIntact).toBe(false);
        else expect([record.headerIntact, record.bodyIntact]).toEqual([true, false]);
      }),
      { numRuns: amount(400, 1000) },
    );
  });

  it('is not whole while its end is not there', () => {
    fc.assert(
      fc.property(block, saying('message'), fc.nat(), (into, what, cut) => {
        write(into, 0, what);
        const record = new MessageRecord().at(into, 0);
        const headerEnd = MESSAGE_HEADER_SIZE + event.error.length + event.attributes.length;
        const { bodyLength } = record;
        into.used = cut % (headerEnd + bodyLength);
        expect(record.headerIntact).toBe(into.used >= headerEnd);
        expect(record.headerIntact && record.bodyIntact).toBe(false);
      }),
    );
  });

  it('has a body that is none in another segment, nor in another log', () => {
    fc.assert(
      fc.property(block, saying('message'), segment, signature, (into, what, other, foreign) => {
        const own = { seed: (into.crcStart - into.segment) >>> 0, mark: into.mark };
        fc.pre(other !== into.segment && (foreign.seed + into.segment) >>> 0 !== into.crcStart);
        write(into, 0, what);
        for (const copy of [recycled(into, other, own), recycled(into, into.segment, foreign)]) {
          expect(new MessageRecord().at(copy, 0).bodyIntact).toBe(false);
        }
      }),
    );
  });
});

describe('attributes', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  const jobId = fc.string({
    maxLength: 240,
    unit: fc.integer({ min: 1, max: 255 }).map((c) => String.fromCharCode(c)),
  });
  const endState = fc.constantFrom('complete', 'failed', 'cancelled');
  const written: fc.Arbitrary<Attributes> = fc.record({
    jobId,
    recurrence: fc.option(
      fc.oneof(
        fc.record({ kind: fc.constant('every' as const), everyMs: time, firstAt: time }),
        fc.record({
          kind: fc.constant('cron' as const),
          cron: fc.record({
            pattern: fc.constantFrom('0 3 * * *', '@daily'),
            timezone: fc.option(fc.constantFrom('Europe/Berlin', 'UTC'), { nil: undefined }),
          }),
        }),
      ),
      { nil: undefined },
    ),
    lastRun: fc.option(fc.record({ state: endState, endedAt: time, error: text }), {
      nil: undefined,
    }),
    isDisabled: fc.boolean(),
    heldBy: text,
    startedAt: time,
    end: fc.option(fc.record({ state: endState, endedAt: time }), {
      nil: undefined,
    }),
    isLost: fc.boolean(),
    group: jobId,
    maxAttempts: uint16,
    backoff: fc.constantFrom(
      undefined,
      { kind: 'exponential' as const },
      { kind: 'none' as const },
      { kind: 'fixed' as const, seconds: 2.5 },
    ),
    deaths: fc.integer({ min: 0, max: MOST_DEATHS }),
    diedSilently: fc.boolean(),
    history: fc
      .array(fc.tuple(time, time, text, text), { maxLength: 3 })
      .map((attempts) =>
        Buffer.concat(
          attempts.map(([startedAt, endedAt, holder, error]) =>
            encodeAttempt(startedAt, endedAt, Buffer.from(holder), Buffer.from(error)),
          ),
        ),
      ),
    origin: fc.option(fc.record({ queue: jobId, jobId, attempts: uint16, failedAt: time, heldBy: text }), {
      nil: undefined,
    }),
  });
  /** What does not repeat has no last run, and only what a cron line schedules is disabled. */
  const attributes = written.map((all) => ({
    ...all,
    lastRun: all.recurrence === undefined ? undefined : all.lastRun,
    isDisabled: all.recurrence?.kind === 'cron' && all.isDisabled,
  }));

  it('give back what was written, and fit into what is kept for them', () => {
    fc.assert(
      fc.property(attributes, (written) => {
        const encoded = encodeAttributes(written);
        expect(decodeAttributes(encoded)).toEqual(written);
        expect(encoded.length).toBeLessThanOrEqual(MOST_ATTRIBUTES);
      }),
    );
  });

  it('keep the last attempts for which there is room beside all else', () => {
    const attempt = (endedAt: number) =>
      encodeAttempt(1, endedAt, Buffer.alloc(99, 'h'), Buffer.from(`${'e'.repeat(300)}\nmore`));
    const history = Buffer.concat(Array.from({ length: 12 }, (_, i) => attempt(i)));
    const { history: kept } = decodeAttributes(encodeAttributes({ history }));
    expect(decodeHistory(kept).map(({ endedAt }) => endedAt)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    expect(decodeHistory(kept)[0]).toEqual({
      startedAt: 1,
      endedAt: 4,
      holder: 'h'.repeat(64),
      error: 'e'.repeat(200),
    });
    fc.assert(
      fc.property(attributes, fc.nat({ max: 3500 }), (written, length) => {
        const cron = { pattern: '1'.repeat(length), timezone: undefined };
        const encoded = encodeAttributes({ ...written, recurrence: { kind: 'cron', cron }, history });
        const without = encodeAttributes({
          ...written,
          recurrence: { kind: 'cron', cron },
          history: NO_BYTES,
        });
        expect(encoded.length).toBeLessThanOrEqual(Math.max(MOST_ATTRIBUTES, without.length));
        const ends = decodeHistory(decodeAttributes(encoded).history).map(({ endedAt }) => endedAt);
        expect(ends).toEqual([4, 5, 6, 7, 8, 9, 10, 11].slice(8 - ends.length));
        if (ends.length < 8) expect(encoded.length + attempt(1).length + 4).toBeGreaterThan(MOST_ATTRIBUTES);
      }),
    );
  });

  it('are passed over where a later version has written them', () => {
    const unknown = Buffer.from([200, 0, 3, 0, 1, 2, 3]);
    fc.assert(
      fc.property(attributes, (written) => {
        const encoded = encodeAttributes(written);
        expect(decodeAttributes(Buffer.concat([unknown, encoded, unknown]))).toEqual(written);
      }),
    );
  });

  it('keep a name of a holder that is too long up to where a character ends', () => {
    const { heldBy } = decodeAttributes(encodeAttributes({ heldBy: `${'x'.repeat(1022)}äöü` }));
    expect(heldBy).toBe(`${'x'.repeat(1022)}ä`);
    expect(decodeAttributes(encodeAttributes({ heldBy: `${'x'.repeat(1023)}ä` })).heldBy).toBe(
      'x'.repeat(1023),
    );
  });

  it('keep the beginning of the error of a last run, and room for all the rest', () => {
    const pattern = '1'.repeat(1000);
    const lastRun = { state: 'failed' as const, endedAt: 1, error: 'ä'.repeat(4096) };
    const encoded = encodeAttributes({
      jobId: 'j'.repeat(250),
      recurrence: { kind: 'cron', cron: { pattern, timezone: 'America/Argentina/ComodRivadavia' } },
      lastRun,
      heldBy: 'h'.repeat(2000),
    });
    expect(encoded.length).toBeLessThanOrEqual(MOST_ATTRIBUTES);
    expect(decodeAttributes(encoded).lastRun).toEqual({ ...lastRun, error: 'ä'.repeat(512) });
  });
});

describe('a segment header', () => {
  const header = fc
    .record({
      version: uint16,
      previousEnd: uint32,
      capacity: uint32,
      position: id,
      nextId: id,
      checkpointEnd: uint32,
      signature,
    })
    .map((all) => (all.version === 1 ? { ...all, checkpointEnd: 0 } : { ...all, nextId: 0 }));

  it('gives back what was written', () => {
    fc.assert(
      fc.property(block, header, (into, written) => {
        writeSegmentHeader(into, written);
        expect(typeAt(into, 0)).toBe(RecordType.segment);
        expect(readSegmentHeader(into)).toEqual(written);
        expect(into.bytes.subarray(SEGMENT_HEADER_SIZE).every((byte) => byte === 0xa5)).toBe(true);
      }),
    );
  });

  it('is none when a bit is flipped, in another segment, or where the file is shorter', () => {
    fc.assert(
      fc.property(
        block,
        header,
        fc.nat({ max: SEGMENT_HEADER_SIZE * 8 - 1 }),
        segment,
        (into, written, bit, other) => {
          fc.pre(other !== into.segment);
          writeSegmentHeader(into, written);
          expect(readSegmentHeader(recycled(into, other, written.signature))).toBeUndefined();
          into.bytes[bit >> 3] ^= 1 << (bit & 7);
          expect(readSegmentHeader(into)).toBeUndefined();
          into.bytes[bit >> 3] ^= 1 << (bit & 7);
          into.used = bit >> 3;
          expect(readSegmentHeader(into)).toBeUndefined();
        },
      ),
    );
  });
});

describe('a batch header', () => {
  const header = fc.record({ length: uint32, syncedSegment: uint32, syncedOffset: uint32, time });

  it('gives back what was written', () => {
    fc.assert(
      fc.property(block, start, header, (into, at, written) => {
        writeBatchHeader(into, at, written);
        expect(typeAt(into, at)).toBe(RecordType.batch);
        expect(readBatchHeader(into, at)).toEqual(written);
        expect(into.bytes.subarray(at + BATCH_HEADER_SIZE).every((byte) => byte === 0xa5)).toBe(true);
      }),
    );
  });

  it('is none when a bit is flipped, and none in another segment or log', () => {
    fc.assert(
      fc.property(
        block,
        header,
        fc.nat({ max: BATCH_HEADER_SIZE * 8 - 1 }),
        segment,
        signature,
        (into, written, bit, other, foreign) => {
          const own = { seed: (into.crcStart - into.segment) >>> 0, mark: into.mark };
          fc.pre(other !== into.segment && foreign.mark !== into.mark);
          writeBatchHeader(into, 0, written);
          expect(readBatchHeader(recycled(into, other, own), 0)).toBeUndefined();
          expect(readBatchHeader(recycled(into, into.segment, foreign), 0)).toBeUndefined();
          into.bytes[bit >> 3] ^= 1 << (bit & 7);
          expect(readBatchHeader(into, 0)).toBeUndefined();
        },
      ),
    );
  });
});

it('takes no stretch of zeros for a record', () => {
  fc.assert(
    fc.property(block, start, (into, at) => {
      into.bytes.fill(0);
      expect(typeAt(into, at)).toBe(RecordType.end);
      expect(readSegmentHeader(into)).toBeUndefined();
      expect(readBatchHeader(into, at)).toBeUndefined();
    }),
  );
});

it('rounds up to where the next record can begin, up to the largest message', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 30 + 8192 }), (length) => {
      expect(padded(length) % 8).toBe(0);
      expect(padded(length) - length).toBeGreaterThanOrEqual(0);
      expect(padded(length) - length).toBeLessThan(8);
    }),
  );
});
