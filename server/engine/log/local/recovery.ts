import { DamagedError } from '../../../../shared/errors.ts';
import type { Block } from '../codec/block.ts';
import { MessageReader } from '../codec/message-record.ts';
import {
  BATCH_HEADER_SIZE,
  type BatchHeader,
  FORMAT_VERSION,
  isQueuePaused,
  outcome,
  padded,
  queueAt,
  queueNameAt,
  RecordType,
  readBatchHeader,
  readSegmentHeader,
  SEGMENT_HEADER_SIZE,
  type SegmentHeader,
  targetAt,
  typeAt,
} from '../codec/record.ts';
import type { Signature } from '../codec/signature.ts';
import { damage, damagedRecords } from './damage.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { SegmentWindow } from './segment-window.ts';

/** What the journal says happened, in order. */
export interface Replay {
  queue(number: number, name: string, isPaused: boolean): void;
  /** `record` is valid during the call only. */
  message(record: MessageReader, segment: number, offset: number): void;
  reserve(slot: number, sequence: number, attempts: number, token: number, deadline: number): void;
  release(slot: number, sequence: number, attempts: number): void;
  done(slot: number, sequence: number): void;
  cancel(slot: number, sequence: number): void;
  unname(slot: number, sequence: number): void;
  purge(queue: number): void;
  drop(queue: number): void;
  pause(queue: number): void;
  resume(queue: number): void;
  move(queue: number, target: number): void;
}

export interface Recovered {
  /** Segments that hold records, ascending; the next one to write is the last one's successor. */
  readonly segments: readonly number[];
  /** Where the records of each of them end. */
  readonly ends: readonly number[];
  /** Ids and tokens below this may be in use, or were. */
  readonly nextId: number;
  /** Bytes behind `end` that had been written but never acknowledged, and are cut off. */
  readonly tornBytes: number;
  /** Undefined when there was no journal. */
  readonly signature: Signature | undefined;
}

/** Whoever loses power loses what was not synced; tokens told since then must not be given out a second time. */
export const ID_GAP = 2 ** 20;

/**
 * Reads the whole journal. Records that the disk had are all there, or a DamagedError says where not: only
 * behind the last place that is known to have been synced may anything be missing, and that was never
 * acknowledged. Bodies are passed over, but in the last segment. What was read is on the disk then.
 */
export function recover(files: SegmentFiles, replay: Replay): Recovered {
  files.syncNames();
  const numbers = files.scan();
  const ends: number[] = [];
  let nextId = 1;
  let tornBytes = 0;
  let signature: Signature | undefined;
  let current = numbers.length > 0 ? files.window(numbers[0] as number) : undefined;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] as number;
    const window = current as SegmentWindow;
    const header = headerOf(files, window);
    current = i + 1 < numbers.length ? files.window(numbers[i + 1] as number) : undefined;
    if (header === undefined) {
      // Files behind the last segment are spares. One with synced batches, or a segment behind it, is none.
      if (signature !== undefined) window.sign(signature);
      const isUsed = signature === undefined ? hasContent(window) : syncedClaim(window, 0) > 0;
      const lost = isUsed || (current !== undefined && headerOf(files, current) !== undefined);
      if (lost) throw damagedRecords(files.path(number), 0);
      break;
    }
    signature = header.signature;
    window.sign(signature);
    if (i > 0 && number !== (numbers[i - 1] as number) + 1) {
      throw damage(files.path(number - 1), 'is missing');
    }
    nextId = Math.max(nextId, header.nextId);
    const next = current === undefined ? undefined : headerOf(files, current);
    // After the end of the process only, what it wrote is in the system's cache and not yet on the disk.
    if (next === undefined) files.persist(number);
    const reader = new SegmentReader(window, replay, next === undefined ? 'end' : 'unread');
    const end = reader.run(next?.previousEnd ?? window.length);
    nextId = Math.max(nextId, reader.highestId + 1);
    ends.push(end);
    if (next !== undefined) {
      if (end !== next.previousEnd) throw damagedRecords(files.path(number), end);
      continue;
    }
    if (Math.max(reader.synced, syncedClaim(window, end)) > end)
      throw damagedRecords(files.path(number), end);
    tornBytes = tornLength(window, end);
  }
  const segments = numbers.slice(0, ends.length);
  return { segments, ends, nextId: ends.length === 0 ? 1 : nextId + ID_GAP, tornBytes, signature };
}

/**
 * What becomes of a message whose body is not what was written. `unread`: that is not looked at. `end`: there the
 * records end. `damage`: it is replayed, and there the reading stops.
 */
export type BodyCheck = 'unread' | 'end' | 'damage';

/** Puts the records of one segment into a replay, up to the first that is not whole. */
export class SegmentReader {
  readonly #window: SegmentWindow;
  readonly #replay: Replay;
  readonly #bodies: BodyCheck;
  readonly #message = new MessageReader();
  highestId = 0;
  /** The highest offset of this segment that a batch knew to be synced. */
  synced = 0;
  /** How many records it has read, batch headers included. */
  records = 0;
  /** When the first and the last of the messages were enqueued; 0 for the last where there is none. */
  earliest = Number.POSITIVE_INFINITY;
  latest = 0;

  constructor(window: SegmentWindow, replay: Replay, bodies: BodyCheck) {
    this.#window = window;
    this.#replay = replay;
    this.#bodies = bodies;
  }

  /** Reads up to `limit`; the offset behind the last record that is whole. */
  run(limit: number, from = SEGMENT_HEADER_SIZE): number {
    const window = this.#window;
    let at = from;
    for (; at < limit && window.find(at) && this.#read(at); at += window.size) this.records++;
    return at;
  }

  /** Replays the record that was found at `offset`; false when it is not whole after all. */
  #read(offset: number): boolean {
    const { block, start, size, segment } = this.#window;
    switch (typeAt(block, start)) {
      case RecordType.batch: {
        const { syncedSegment, syncedOffset } = readBatchHeader(block, start) as BatchHeader;
        if (syncedSegment === segment) this.synced = Math.max(this.synced, syncedOffset);
        return true;
      }
      case RecordType.message: {
        const place = this.#bodies === 'unread' ? start : this.#window.locate(offset, size);
        const message = this.#message.at(this.#window.block, place);
        const isWhole = this.#bodies === 'unread' || message.bodyIntact;
        if (!isWhole && this.#bodies === 'end') return false;
        this.highestId = Math.max(this.highestId, Math.abs(message.sequence), message.token);
        const { enqueuedAt } = message;
        if (enqueuedAt < this.earliest) this.earliest = enqueuedAt;
        if (enqueuedAt > this.latest) this.latest = enqueuedAt;
        this.#replay.message(message, segment, offset);
        return isWhole;
      }
      case RecordType.reserve:
        this.highestId = Math.max(this.highestId, outcome.token(block, start));
    }
    replayRecord(block, start, this.#replay);
    return true;
  }
}

/** Replays a record that is whole, and neither a batch header nor a message. */
function replayRecord(block: Block, start: number, replay: Replay): void {
  const slot = outcome.slot(block, start);
  const sequence = outcome.sequence(block, start);
  switch (typeAt(block, start)) {
    case RecordType.queue:
      return replay.queue(queueAt(block, start), queueNameAt(block, start), isQueuePaused(block, start));
    case RecordType.reserve: {
      const deadline = outcome.deadline(block, start);
      return replay.reserve(
        slot,
        sequence,
        outcome.attempts(block, start),
        outcome.token(block, start),
        deadline,
      );
    }
    case RecordType.release:
      return replay.release(slot, sequence, outcome.attempts(block, start));
    case RecordType.done:
      return replay.done(slot, sequence);
    case RecordType.cancel:
      return replay.cancel(slot, sequence);
    case RecordType.unname:
      return replay.unname(slot, sequence);
    case RecordType.purge:
      return replay.purge(queueAt(block, start));
    case RecordType.drop:
      return replay.drop(queueAt(block, start));
    case RecordType.pause:
      return replay.pause(queueAt(block, start));
    case RecordType.resume:
      return replay.resume(queueAt(block, start));
    case RecordType.move:
      return replay.move(queueAt(block, start), targetAt(block, start));
  }
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

/** Whether a journal's first file was written to: only behind a synced header, since a start waits for that. */
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

/** Looks for batch headers at every place where one can be. */
function forEachBatch(
  window: SegmentWindow,
  from: number,
  visit: (batch: BatchHeader, at: number) => void,
): void {
  for (let at = padded(from); at + BATCH_HEADER_SIZE <= window.length; at += 8) {
    const start = window.locate(at, BATCH_HEADER_SIZE);
    const batch = readBatchHeader(window.block, start);
    if (batch !== undefined) visit(batch, at);
  }
}
