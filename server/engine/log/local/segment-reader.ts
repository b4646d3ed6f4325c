import { DamagedError } from '../../../../shared/errors.ts';
import { Event, EventType } from '../../state/events.ts';
import { readEvent } from '../codec/event-record.ts';
import {
  type BatchHeader,
  FORMAT_VERSION,
  mayBeBatchAt,
  readBatchHeader,
  readSegmentHeader,
  type SegmentHeader,
} from '../codec/headers.ts';
import { headerSizeAt, LEAST_HEADER } from '../codec/layout.ts';
import { MessageRecord } from '../codec/message-record.ts';
import { RecordType, typeAt } from '../codec/record.ts';
import { BATCH_HEADER_SIZE, MESSAGE_HEADER_SIZE, padded, SEGMENT_HEADER_SIZE } from '../codec/sizes.ts';
import { SLICE, workOf } from '../in-slices.ts';
import type { Events } from '../log.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { SegmentWindow } from './segment-window.ts';

/** Bytes of bodies that take as long to check as a record takes to be told. */
const BODY_BYTES_PER_RECORD = 1024;

/** No record has a longer header: errors and attributes are cut to 4 KiB each. */
const LONGEST_HEADER = MESSAGE_HEADER_SIZE + 4096 + 4096;

/**
 * What becomes of a message whose body is not what was written. `unread`: that is not looked at. `end`: there the
 * records end. `damage`: it is told, and there the reading stops.
 */
export type BodyCheck = 'unread' | 'end' | 'damage';

/** Tells the events of one segment, up to the first record that is not whole. */
export class SegmentReader {
  readonly #window: SegmentWindow;
  readonly #into: Events;
  readonly #bodies: BodyCheck;
  readonly #message = new MessageRecord();
  readonly #event = new Event();
  /** The highest id or token that was given out. */
  highestId = 0;
  /** The highest offset of this segment that a batch knew to be synced. */
  synced = 0;
  /** How many records it has read, batch headers included. */
  records = 0;
  /** Engine time of the newest batch, milliseconds since the epoch; 0: not known. */
  newest = 0;
  /** When the first and the last of the messages were enqueued; 0 for the last where there is none. */
  earliest = Number.POSITIVE_INFINITY;
  latest = 0;
  /** What has been done since others had their turn, in records. */
  #work = 0;

  constructor(window: SegmentWindow, into: Events, bodies: BodyCheck) {
    this.#window = window;
    this.#into = into;
    this.#bodies = bodies;
  }

  /** Reads up to `limit`; the offset behind the last record that is whole. Yields now and then. */
  *run(limit: number, from = SEGMENT_HEADER_SIZE): Generator<void, number> {
    const window = this.#window;
    let at = from;
    for (; at < limit && window.find(at) && this.#read(at); at += window.size) {
      this.records++;
      if (++this.#work < SLICE) continue;
      this.#work = 0;
      yield;
    }
    return at;
  }

  /** Tells the record that was found at `offset`; false when it is not whole after all. */
  #read(offset: number): boolean {
    const { block, start, segment } = this.#window;
    const event = this.#event;
    switch (typeAt(block, start)) {
      case RecordType.batch: {
        const { syncedSegment, syncedOffset, time } = readBatchHeader(block, start) as BatchHeader;
        if (time > 0) this.newest = time;
        if (syncedSegment === segment) this.synced = Math.max(this.synced, syncedOffset);
        return true;
      }
      case RecordType.message:
        return this.#readMessage(offset);
      case RecordType.reserve:
        readEvent(block, start, event);
        if (event.token > this.highestId) this.highestId = event.token;
        break;
      case RecordType.identifiers:
        readEvent(block, start, event);
        if (event.order > this.highestId) this.highestId = event.order - 1;
        break;
      default:
        readEvent(block, start, event);
    }
    this.#work += workOf(event) - 1;
    this.#into.apply(event, this.#window.position + offset);
    return true;
  }

  #readMessage(offset: number): boolean {
    const window = this.#window;
    const { size } = window;
    const place = this.#bodies === 'unread' ? window.start : window.locate(offset, size);
    const message = this.#message.at(window.block, place);
    const isWhole = this.#bodies === 'unread' || message.bodyIntact;
    if (!isWhole && this.#bodies === 'end') return false;
    if (this.#bodies !== 'unread') this.#work += size / BODY_BYTES_PER_RECORD;
    const event = this.#event;
    readEvent(window.block, place, event);
    this.highestId = Math.max(this.highestId, Math.abs(event.order), event.token);
    const { enqueuedAt } = event;
    if (enqueuedAt < this.earliest) this.earliest = enqueuedAt;
    if (enqueuedAt > this.latest) this.latest = enqueuedAt;
    this.#into.apply(event, window.position + offset);
    return isWhole;
  }
}

/** An event that says that ids and tokens below `order` were given out. */
export function identifiersBelow(order: number): Event {
  const event = new Event();
  event.type = EventType.identifiers;
  event.order = order;
  return event;
}

/** The header of a segment; undefined when that has none. Throws DamagedError where it is of a newer format. */
export function headerOf(files: SegmentFiles, window: SegmentWindow): SegmentHeader | undefined {
  window.locate(0, SEGMENT_HEADER_SIZE);
  const header = readSegmentHeader(window.block);
  if (header !== undefined && header.version > FORMAT_VERSION) {
    throw new DamagedError(
      `${files.path(window.segment)} has format ${header.version}; this version reads up to ${FORMAT_VERSION}`,
    );
  }
  return header;
}

/** Whether a log's first file was written to: only behind a synced header, since a start waits for that. */
export function hasContent(window: SegmentWindow): boolean {
  for (let at = SEGMENT_HEADER_SIZE; at + 4 <= window.length; at += 4) {
    const start = window.locate(at & ~7, 8);
    if (window.block.words[(start + (at & 7)) >> 2] !== 0) return true;
  }
  return false;
}

/** The highest synced offset that a whole batch header of this segment at or behind `from` speaks of. */
export function syncedClaim(window: SegmentWindow, from: number): number {
  let highest = 0;
  forEachBatch(window, from, ({ syncedSegment, syncedOffset }) => {
    if (syncedSegment === window.segment) highest = Math.max(highest, syncedOffset);
  });
  return highest;
}

/** How far whole batches of this segment go behind `end`: what was being written when the power went. */
export function tornLength(window: SegmentWindow, end: number): number {
  let last = end;
  forEachBatch(window, end, ({ length }, at) => {
    last = at + length;
  });
  return last - end;
}

/** Looks for batch headers at every place where one can be: at very many, of which nearly all have no mark. */
function forEachBatch(
  window: SegmentWindow,
  from: number,
  visit: (batch: BatchHeader, at: number) => void,
): void {
  for (let at = padded(from); at + BATCH_HEADER_SIZE <= window.length; ) {
    let start = window.locate(at, BATCH_HEADER_SIZE);
    const { block } = window;
    // The file has become shorter.
    if (start + BATCH_HEADER_SIZE > block.used) return;
    for (; start + BATCH_HEADER_SIZE <= block.used; start += 8, at += 8) {
      if (!mayBeBatchAt(block, start)) continue;
      const batch = readBatchHeader(block, start);
      if (batch !== undefined) visit(batch, at);
    }
  }
}

/** Where the first record is at or behind `from` whose header is whole; `limit` where there is none before that. */
export function recordFrom(window: SegmentWindow, from: number, limit: number): number {
  const end = Math.min(limit, window.length);
  for (let at = padded(from); at < end; at += 8) {
    const start = window.locate(at, LEAST_HEADER);
    // Else a body could be made that takes for ever to look through.
    if (headerSizeAt(window.block, start) > LONGEST_HEADER) continue;
    if (window.find(at)) return at;
  }
  return limit;
}
