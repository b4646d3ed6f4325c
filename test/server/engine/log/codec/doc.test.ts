import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { Block } from '../../../../../server/engine/log/codec/block.ts';
import { BOUNDS_SIZE, writeBounds } from '../../../../../server/engine/log/codec/bounds.ts';
import { sealEvent, writeEvent } from '../../../../../server/engine/log/codec/event-record.ts';
import { writeBatchHeader, writeSegmentHeader } from '../../../../../server/engine/log/codec/headers.ts';
import { RecordType } from '../../../../../server/engine/log/codec/record.ts';
import { Event, EventType } from '../../../../../server/engine/state/events.ts';

const SEGMENT = 0x0102_0304;
const SIGNATURE = { seed: 0xfeed_beef, mark: 0xdead_f00d };
const CRC_START = (SIGNATURE.seed + SEGMENT) >>> 0;
const ERROR = Buffer.from('why not');
const ATTRIBUTES = Buffer.from('some of them');
const BODY = Buffer.from('the body');
const HOLDER = Buffer.from('worker');
const PAGE = Buffer.from('the page: 16 byt');

/** The first words of each row's text, and what the records below have there. */
const NUMBERS = {
  'version of the format': 4,
  magic: 0x716d_656d,
  'segment number': SEGMENT,
  'position of the segment': 2 ** 52 + 8,
  'previous end': 0xcafe_0018,
  capacity: 0xbeef_0120,
  sequence: 2 ** 40 + 1,
  'oldest segment': 0x1122_aa01,
  'newest segment': 0x3344_bb02,
  closed: 1,
  'next id': 2 ** 51 + 5,
  'magic of the bounds': 0x626d_656d,
  'checkpoint end': 0x0bad_cab8,
  seed: SIGNATURE.seed,
  mark: SIGNATURE.mark,
  'length of the batch': 0xaabb_cc18,
  'synced segment': 0x1122_3344,
  'synced offset': 0x5566_7788,
  'engine time': 1_732_070_000_012.5,
  'name length': 5,
  'holder length': HOLDER.length,
  'started at': 1_732_070_000_333.75,
  'page length': 16,
  'queue number': 0xa1b2_c3d4,
  state: 4,
  attempts: 0x1234,
  slot: 0x9876_5432,
  order: -(2 ** 51) - 7,
  priority: 0x8000_0001,
  flags: 0xffff_fffe,
  'enqueued at': 1_732_070_000_123.25,
  time: 1_732_070_000_456.5,
  'cancelled at': 1_732_070_000_555.25,
  'ended at': 1_732_070_000_555.25,
  'expires at': 0xf000_0000,
  'body length': BODY.length,
  'CRC of the body': crc32(BODY, CRC_START),
  'error length': ERROR.length,
  'attributes length': ATTRIBUTES.length,
  paused: 1,
  target: 0x0f0e_0d0c,
  token: 2 ** 50 + 3,
  deadline: 1_732_070_000_789.75,
  deaths: 23,
  'died silently': 1,
  '0': 0,
};
const TEXTS: Readonly<Record<string, string>> = {
  name: 'hello',
  holder: String(HOLDER),
  page: String(PAGE),
  error: String(ERROR),
  attributes: String(ATTRIBUTES),
  body: String(BODY),
};
/** Places that depend on the record. */
const OFFSETS: Readonly<Record<string, number>> = {
  '72 + error length': 72 + ERROR.length,
  '72 + both lengths': 72 + ERROR.length + ATTRIBUTES.length,
};

/** The longest first, since a row begins with the whole of its name. */
const BY_LENGTH = Object.entries(NUMBERS).sort(([a], [b]) => b.length - a.length);

const KINDS = {
  u8: { length: 1, read: (bytes: Buffer, at: number) => bytes.readUInt8(at) },
  u16: { length: 2, read: (bytes: Buffer, at: number) => bytes.readUInt16LE(at) },
  u32: { length: 4, read: (bytes: Buffer, at: number) => bytes.readUInt32LE(at) },
  f64: { length: 8, read: (bytes: Buffer, at: number) => bytes.readDoubleLE(at) },
};

/** It has no type, and its CRC starts from nothing. */
const BOUNDS = -1;

const text = readFileSync(join(import.meta.dirname, '../../../../../docs/journal.md'), 'utf8');

/** Every heading of a record, and how such a record is written. */
const WRITERS: readonly [
  heading: RegExp,
  write: (block: Block) => void,
  type: number,
  size: number,
  crcEnd: number,
][] = [
  [
    /^### Segment header: type 1, 48 bytes$/m,
    (block) =>
      writeSegmentHeader(block, {
        version: 4,
        checkpointEnd: NUMBERS['checkpoint end'],
        previousEnd: NUMBERS['previous end'],
        capacity: NUMBERS.capacity,
        position: NUMBERS['position of the segment'],
        nextId: 0,
        signature: SIGNATURE,
      }),
    RecordType.segment,
    48,
    48,
  ],
  [
    /^### Bounds: 512 bytes$/m,
    (block) =>
      writeBounds({
        sequence: NUMBERS.sequence,
        oldest: NUMBERS['oldest segment'],
        newest: NUMBERS['newest segment'],
        synced: NUMBERS['synced offset'],
        isClosed: true,
        nextId: NUMBERS['next id'],
        signature: SIGNATURE,
      }).copy(block.bytes),
    BOUNDS,
    BOUNDS_SIZE,
    BOUNDS_SIZE,
  ],
  [
    /^### Batch header: type 2, 32 bytes$/m,
    (block) =>
      writeBatchHeader(block, 0, {
        length: NUMBERS['length of the batch'],
        syncedSegment: NUMBERS['synced segment'],
        syncedOffset: NUMBERS['synced offset'],
        time: NUMBERS['engine time'],
      }),
    RecordType.batch,
    32,
    32,
  ],
  [/^### Queue: type 3, 16 bytes and the name$/m, written('queue'), EventType.queue, 24, 21],
  [
    /^### Message: type 4, 72 bytes, the error, the attributes and the body$/m,
    written('message'),
    EventType.message,
    104,
    72 + ERROR.length + ATTRIBUTES.length,
  ],
  [/^### Reserve: type 5, 40 bytes$/m, written('reserve'), EventType.reserve, 40, 40],
  [/^### Release: type 6, 24 bytes$/m, written('release'), EventType.release, 24, 24],
  [/^### Delay: type 19, 32 bytes$/m, written('delay'), EventType.delay, 32, 32],
  [
    /^### Death: type 21, 48 bytes and the holder$/m,
    written('death'),
    EventType.death,
    56,
    48 + HOLDER.length,
  ],
  [/^### Done: type 7, 24 bytes$/m, written('done'), EventType.done, 24, 24],
  [/^### Cancel while held: type 20, 48 bytes$/m, written('cancelHeld'), EventType.cancelHeld, 48, 48],
  [/^### Cancel: type 10, 24 bytes$/m, written('cancel'), EventType.cancel, 24, 24],
  [/^### Unname: type 14, 24 bytes$/m, written('unname'), EventType.unname, 24, 24],
  [/^### Identifiers: type 15, 24 bytes$/m, written('identifiers'), EventType.identifiers, 24, 24],
  [/^### Sweep: type 16, 24 bytes$/m, written('sweep'), EventType.sweep, 24, 24],
  [/^### Transfer: type 17, 24 bytes$/m, written('transfer'), EventType.transfer, 24, 24],
  [/^### Queues: type 18, 16 bytes and the page$/m, written('queues'), EventType.queues, 32, 32],
  [/^### What happens to a whole queue: 16 bytes$/m, written('move'), EventType.move, 16, 16],
];

/** Writes an event of a type; what does not belong to that is there all the same. */
function written(type: keyof typeof EventType): (block: Block) => void {
  return (block) => {
    const event = Object.assign(new Event(), {
      type: EventType[type],
      slot: NUMBERS.slot,
      order: NUMBERS.order,
      queue: NUMBERS['queue number'],
      target: NUMBERS.target,
      name: TEXTS.name,
      page: PAGE,
      isPaused: true,
      state: NUMBERS.state,
      priority: NUMBERS.priority,
      attempts: NUMBERS.attempts,
      deaths: NUMBERS.deaths,
      diedSilently: true,
      flags: NUMBERS.flags,
      enqueuedAt: NUMBERS['enqueued at'],
      time: type === 'reserve' ? NUMBERS.deadline : NUMBERS.time,
      endedAt: NUMBERS['cancelled at'],
      startedAt: NUMBERS['started at'],
      holder: HOLDER,
      expires: NUMBERS['expires at'],
      token: NUMBERS.token,
      error: ERROR,
      attributes: ATTRIBUTES,
      body: BODY,
      bodyStart: 0,
      bodyEnd: BODY.length,
    });
    writeEvent(block, 0, event);
    sealEvent(block, 0, event);
  };
}

it.each(WRITERS)('docs/journal.md says what the bytes are: %s', (heading, write, type, size, crcEnd) => {
  const at = heading.exec(text)!.index;
  const section = text.slice(at, text.indexOf('\n##', at + 3));
  const rows = [...section.matchAll(/^\| ([\d][^|]*) \| (\w+) \| ([^|]+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(3);

  const block = new Block(0, size, SEGMENT, SIGNATURE);
  block.bytes.fill(0xa5);
  write(block);
  block.used = size;
  const said = new Uint8Array(size);
  for (const [, where, kind, what] of rows as unknown as [string, string, string, string][]) {
    const offset = OFFSETS[where] ?? Number(where);
    if (kind === 'bytes') {
      const expected = TEXTS[/^\w+/.exec(what)![0]];
      expect(block.bytes.toString('latin1', offset, offset + expected.length), what).toBe(expected);
      said.fill(1, offset, offset + expected.length);
      continue;
    }
    const { length, read } = KINDS[kind as keyof typeof KINDS];
    const crcStart = type === BOUNDS ? 0 : type === RecordType.segment ? SEGMENT : CRC_START;
    const expected =
      what === 'CRC'
        ? crc32(block.bytes.subarray(4, crcEnd), crcStart)
        : what === 'type'
          ? type
          : BY_LENGTH.find(([name]) => what.startsWith(name))?.[1];
    expect(read(block.bytes, offset), what).toBe(expected);
    said.fill(1, offset, offset + length);
  }
  // What the page says nothing of is zero.
  for (let i = 0; i < size; i++) if (said[i] === 0) expect(block.bytes[i], `byte ${i}`).toBe(0);
});
