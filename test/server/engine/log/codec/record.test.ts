import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Block } from '../../../../../server/engine/log/codec/block.ts';
import {
  MESSAGE_HEADER_SIZE,
  type MessageFields,
  MessageReader,
  messageSize,
  writeMessage,
} from '../../../../../server/engine/log/codec/message-record.ts';
import {
  BATCH_HEADER_SIZE,
  CANCEL_SIZE,
  DONE_SIZE,
  intact,
  isQueuePaused,
  outcome,
  padded,
  QUEUE_HEADER_SIZE,
  QUEUE_OPERATION_SIZE,
  queueAt,
  queueNameAt,
  queueSize,
  RELEASE_SIZE,
  RESERVE_SIZE,
  RecordType,
  readBatchHeader,
  readSegmentHeader,
  SEGMENT_HEADER_SIZE,
  targetAt,
  typeAt,
  UNNAME_SIZE,
  writeBatchHeader,
  writeCancel,
  writeDone,
  writeQueue,
  writeQueueOperation,
  writeRelease,
  writeReserve,
  writeSegmentHeader,
  writeUnname,
} from '../../../../../server/engine/log/codec/record.ts';
import {
  type Attributes,
  decodeAttributes,
  encodeAttributes,
  MOST_ATTRIBUTES,
} from '../../../../../server/engine/state/attributes.ts';

const CAPACITY = 4096;

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const slot = fc.integer({ min: 0, max: 0xffff_fffe });
const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const sequence = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const time = fc.double({ min: 0, max: 2 ** 53, noNaN: true }).map((ms) => ms + 0);
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
/** Where a record may begin. */
const start = fc.integer({ min: 0, max: 64 }).map((n) => n * 8);
const signature = fc.record({ seed: uint32, mark: fc.integer({ min: 1, max: 0xffff_ffff }) });
const segment = fc.integer({ min: 1, max: 0xffff_ffff });

const block = fc.tuple(segment, signature).map(([number, ofJournal]) => {
  const made = new Block(number, 0, CAPACITY, ofJournal);
  // What earlier records left there.
  made.bytes.fill(0xa5);
  made.used = CAPACITY;
  return made;
});

const fields: fc.Arbitrary<MessageFields> = fc.record({
  slot,
  sequence,
  queue: uint32,
  priority: uint32,
  state: fc.integer({ min: 1, max: 6 }),
  attempts: uint16,
  flags: uint32,
  enqueuedAt: time,
  time,
  expires: uint32,
  token: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  error: bytes(300),
  attributes: bytes(300),
});

/** Copies what a block has into one of another segment or journal, as recycling a file does. */
function recycled(from: Block, number: number, ofJournal: { seed: number; mark: number }): Block {
  const copy = new Block(number, 0, from.capacity, ofJournal);
  from.bytes.copy(copy.bytes);
  copy.used = from.used;
  return copy;
}

describe('a message record', () => {
  it('gives back what was written, beginning with the right type at any place', () => {
    fc.assert(
      fc.property(block, start, fields, bytes(1000), (into, at, written, body) => {
        writeMessage(into, at, written, body, 0, body.length);
        const reader = new MessageReader().at(into, at);
        expect(typeAt(into, at)).toBe(RecordType.message);
        expect(reader.headerIntact && reader.bodyIntact).toBe(true);
        expect(reader.size).toBe(messageSize(written.error.length + written.attributes.length, body.length));
        const { error, attributes, ...rest } = written;
        expect(reader).toMatchObject(rest);
        expect(reader.error.equals(error)).toBe(true);
        expect(reader.attributes.equals(attributes)).toBe(true);
        expect(into.bytes.subarray(reader.bodyStart, reader.bodyEnd).equals(body)).toBe(true);
      }),
    );
  });

  it('writes the stretch of the body that it is told, and nothing outside of its size', () => {
    fc.assert(
      fc.property(block, start, fields, bytes(500), uint16, uint16, (into, at, written, body, a, b) => {
        const from = Math.min(a % (body.length + 1), b % (body.length + 1));
        const to = Math.max(a % (body.length + 1), b % (body.length + 1));
        writeMessage(into, at, written, body, from, to);
        const reader = new MessageReader().at(into, at);
        expect(into.bytes.subarray(reader.bodyStart, reader.bodyEnd).equals(body.subarray(from, to))).toBe(
          true,
        );
        expect(into.bytes.subarray(0, at).every((byte) => byte === 0xa5)).toBe(true);
        expect(into.bytes.subarray(at + reader.size).every((byte) => byte === 0xa5)).toBe(true);
        // The padding is not what happened to be in memory.
        expect(into.bytes.subarray(reader.bodyEnd, at + reader.size).every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  it('notices any flipped bit: in the header or the error by the header, in the body by the body', () => {
    fc.assert(
      fc.property(block, start, fields, bytes(200), fc.nat(), (into, at, written, body, position) => {
        writeMessage(into, at, written, body, 0, body.length);
        const reader = new MessageReader().at(into, at);
        const headerBits = (MESSAGE_HEADER_SIZE + written.error.length + written.attributes.length) * 8;
        const bit = position % (headerBits + body.length * 8);
        into.bytes[at + (bit >> 3)]! ^= 1 << (bit & 7);
        if (bit < headerBits) expect(reader.headerIntact).toBe(false);
        else expect([reader.headerIntact, reader.bodyIntact]).toEqual([true, false]);
      }),
      { numRuns: 1000 },
    );
  });

  it('is not whole while its end is not there', () => {
    fc.assert(
      fc.property(block, fields, bytes(200), fc.nat(), (into, written, body, cut) => {
        writeMessage(into, 0, written, body, 0, body.length);
        const reader = new MessageReader().at(into, 0);
        const headerEnd = MESSAGE_HEADER_SIZE + written.error.length + written.attributes.length;
        into.used = cut % (headerEnd + body.length);
        expect(reader.headerIntact).toBe(into.used >= headerEnd);
        expect(reader.headerIntact && reader.bodyIntact).toBe(false);
      }),
    );
  });

  it('is none in another segment, nor in another journal', () => {
    fc.assert(
      fc.property(block, fields, bytes(200), segment, signature, (into, written, body, other, foreign) => {
        const own = { seed: (into.crcStart - into.segment) >>> 0, mark: into.mark };
        fc.pre(other !== into.segment && (foreign.seed + into.segment) >>> 0 !== into.crcStart);
        writeMessage(into, 0, written, body, 0, body.length);
        for (const copy of [recycled(into, other, own), recycled(into, into.segment, foreign)]) {
          const reader = new MessageReader().at(copy, 0);
          expect([reader.headerIntact, reader.bodyIntact]).toEqual([false, false]);
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
  const attributes: fc.Arbitrary<Attributes> = fc.record({
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
    heldBy: text,
    startedAt: time,
    ending: fc.option(fc.record({ isComplete: fc.boolean(), endedAt: time }), {
      nil: undefined,
    }),
    isLost: fc.boolean(),
    origin: fc.option(fc.record({ queue: jobId, jobId, attempts: uint16, failedAt: time, heldBy: text }), {
      nil: undefined,
    }),
  });

  it('give back what was written, and fit into what is kept for them', () => {
    fc.assert(
      fc.property(attributes, (written) => {
        const encoded = encodeAttributes(written);
        expect(decodeAttributes(encoded)).toEqual(written);
        expect(encoded.length).toBeLessThanOrEqual(MOST_ATTRIBUTES);
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
});

describe('a segment header', () => {
  const header = fc.record({ version: uint16, previousEnd: uint32, nextId: id, signature });

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
          into.bytes[bit >> 3]! ^= 1 << (bit & 7);
          expect(readSegmentHeader(into)).toBeUndefined();
          into.bytes[bit >> 3]! ^= 1 << (bit & 7);
          into.used = bit >> 3;
          expect(readSegmentHeader(into)).toBeUndefined();
        },
      ),
    );
  });
});

describe('a batch header', () => {
  const header = fc.record({ length: uint32, syncedSegment: uint32, syncedOffset: uint32 });

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

  it('is none when a bit is flipped, and none in another segment or journal', () => {
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
          into.bytes[bit >> 3]! ^= 1 << (bit & 7);
          expect(readBatchHeader(into, 0)).toBeUndefined();
        },
      ),
    );
  });
});

describe('the small records', () => {
  const name = fc
    .uint8Array({ minLength: 1, maxLength: 250 })
    .map((array) => Buffer.from(array).toString('latin1'));

  /** What a writer leaves is of its type, whole, as long as it should be, and not whole with a bit flipped. */
  function check(
    into: Block,
    at: number,
    type: number,
    headerSize: number,
    size: number,
    position: number,
  ): void {
    expect(typeAt(into, at)).toBe(type);
    expect(intact(into, at, headerSize)).toBe(true);
    expect(into.bytes.subarray(0, at).every((byte) => byte === 0xa5)).toBe(true);
    expect(into.bytes.subarray(at + size).every((byte) => byte === 0xa5)).toBe(true);
    const bit = position % (headerSize * 8);
    into.bytes[at + (bit >> 3)]! ^= 1 << (bit & 7);
    expect(intact(into, at, headerSize)).toBe(false);
  }

  it('reserve', () => {
    fc.assert(
      fc.property(
        block,
        start,
        slot,
        sequence,
        uint16,
        id,
        time,
        fc.nat(),
        (into, at, s, n, tries, token, due, bit) => {
          writeReserve(into, at, s, n, tries, token, due);
          expect(outcome.slot(into, at)).toBe(s);
          expect(outcome.sequence(into, at)).toBe(n);
          expect(outcome.attempts(into, at)).toBe(tries);
          expect(outcome.token(into, at)).toBe(token);
          expect(outcome.deadline(into, at)).toBe(due);
          check(into, at, RecordType.reserve, RESERVE_SIZE, RESERVE_SIZE, bit);
        },
      ),
    );
  });

  it('release', () => {
    fc.assert(
      fc.property(block, start, slot, sequence, uint16, fc.nat(), (into, at, s, n, tries, bit) => {
        writeRelease(into, at, s, n, tries);
        expect(outcome.slot(into, at)).toBe(s);
        expect(outcome.sequence(into, at)).toBe(n);
        expect(outcome.attempts(into, at)).toBe(tries);
        check(into, at, RecordType.release, RELEASE_SIZE, RELEASE_SIZE, bit);
      }),
    );
  });

  it('done', () => {
    fc.assert(
      fc.property(block, start, slot, sequence, fc.nat(), (into, at, s, n, bit) => {
        writeDone(into, at, s, n);
        expect(outcome.slot(into, at)).toBe(s);
        expect(outcome.sequence(into, at)).toBe(n);
        check(into, at, RecordType.done, DONE_SIZE, DONE_SIZE, bit);
      }),
    );
  });

  it('cancel', () => {
    fc.assert(
      fc.property(block, start, slot, sequence, fc.nat(), (into, at, s, n, bit) => {
        writeCancel(into, at, s, n);
        expect(outcome.slot(into, at)).toBe(s);
        expect(outcome.sequence(into, at)).toBe(n);
        check(into, at, RecordType.cancel, CANCEL_SIZE, CANCEL_SIZE, bit);
      }),
    );
  });

  it('unname', () => {
    fc.assert(
      fc.property(block, start, slot, sequence, fc.nat(), (into, at, s, n, bit) => {
        writeUnname(into, at, s, n);
        expect(outcome.slot(into, at)).toBe(s);
        expect(outcome.sequence(into, at)).toBe(n);
        check(into, at, RecordType.unname, UNNAME_SIZE, UNNAME_SIZE, bit);
      }),
    );
  });

  it('queue, with any name', () => {
    fc.assert(
      fc.property(block, start, uint32, name, fc.nat(), (into, at, queue, called, bit) => {
        const isPaused = bit % 2 === 0;
        writeQueue(into, at, queue, called, isPaused);
        expect(isQueuePaused(into, at)).toBe(isPaused);
        expect(queueAt(into, at)).toBe(queue);
        expect(queueNameAt(into, at)).toBe(called);
        check(into, at, RecordType.queue, QUEUE_HEADER_SIZE + called.length, queueSize(called.length), bit);
      }),
    );
  });

  it.each(['purge', 'drop', 'pause', 'resume', 'move'] as const)('%s', (what) => {
    fc.assert(
      fc.property(block, start, uint32, uint32, fc.nat(), (into, at, queue, target, bit) => {
        writeQueueOperation(into, at, RecordType[what], queue, target);
        expect(queueAt(into, at)).toBe(queue);
        expect(targetAt(into, at)).toBe(target);
        check(into, at, RecordType[what], QUEUE_OPERATION_SIZE, QUEUE_OPERATION_SIZE, bit);
      }),
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
