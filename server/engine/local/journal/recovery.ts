import { DamagedError } from '../../../../shared/errors.ts';
import { Block } from './block.ts';
import { MessageReader } from './message-record.ts';
import {
  BATCH_HEADER_SIZE,
  CANCEL_SIZE,
  DONE_SIZE,
  FORMAT_VERSION,
  intact,
  isQueuePaused,
  outcome,
  padded,
  QUEUE_HEADER_SIZE,
  QUEUE_OPERATION_SIZE,
  queueAt,
  queueNameAt,
  queueNameLength,
  queueSize,
  RELEASE_SIZE,
  RESERVE_SIZE,
  RecordType,
  readBatchHeader,
  readSegmentHeader,
  SEGMENT_HEADER_SIZE,
  type SegmentHeader,
  targetAt,
  typeAt,
  UNNAME_SIZE,
} from './record.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Signature } from './signature.ts';

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
  /** Where the records of the last one end. */
  readonly end: number;
  /** Ids and tokens below this may be in use, or were. */
  readonly nextId: number;
  /** Bytes behind `end` that had been written but never acknowledged, and are cut off. */
  readonly tornBytes: number;
  /** Undefined when there was no journal. */
  readonly signature: Signature | undefined;
}

/** Whoever loses power loses what was not synced; tokens told since then must not be given out a second time. */
const ID_GAP = 2 ** 20;

/**
 * Reads the whole journal. Records that the disk had are all there, or a DamagedError says where not: only
 * behind the last place that is known to have been synced may anything be missing, and that was never
 * acknowledged.
 */
export function recover(files: SegmentFiles, replay: Replay): Recovered {
  const numbers = files.scan();
  const used: number[] = [];
  let nextId = 1;
  let end = 0;
  let tornBytes = 0;
  let signature: Signature | undefined;
  let current = numbers.length > 0 ? load(files, numbers[0] as number) : undefined;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] as number;
    const block = current as Block;
    const header = headerOf(files, block);
    current = i + 1 < numbers.length ? load(files, numbers[i + 1] as number) : undefined;
    if (header === undefined) {
      // Files behind the last segment are spares. One with synced batches, or a segment behind it, is none.
      if (signature !== undefined) block.sign(signature);
      const isUsed = signature === undefined ? hasContent(block) : syncedClaim(block, 0) > 0;
      const lost = isUsed || (current !== undefined && headerOf(files, current) !== undefined);
      if (lost) throw damage(files, number, 0);
      break;
    }
    signature = header.signature;
    block.sign(signature);
    if (i > 0 && number !== (numbers[i - 1] as number) + 1) {
      throw new DamagedError(`${files.path(number - 1)} is missing`);
    }
    nextId = Math.max(nextId, header.nextId);
    const next = current === undefined ? undefined : headerOf(files, current);
    const reader = new SegmentReader(block, replay, next === undefined);
    end = reader.run(next?.previousEnd ?? block.used);
    nextId = Math.max(nextId, reader.highestId + 1);
    used.push(number);
    if (next !== undefined) {
      if (end !== next.previousEnd) throw damage(files, number, end);
      continue;
    }
    if (Math.max(reader.synced, syncedClaim(block, end)) > end) throw damage(files, number, end);
    tornBytes = tornLength(block, end);
  }
  return { segments: used, end, nextId: used.length === 0 ? 1 : nextId + ID_GAP, tornBytes, signature };
}

/** Puts the records of one segment into a replay, up to the first that is not whole. */
class SegmentReader {
  readonly #block: Block;
  readonly #replay: Replay;
  readonly #checkBodies: boolean;
  readonly #message = new MessageReader();
  highestId = 0;
  /** The highest offset of this segment that a batch knew to be synced. */
  synced = 0;

  constructor(block: Block, replay: Replay, checkBodies: boolean) {
    this.#block = block;
    this.#replay = replay;
    this.#checkBodies = checkBodies;
  }

  /** Reads up to `limit`; the offset behind the last record that is whole. */
  run(limit: number): number {
    let at = SEGMENT_HEADER_SIZE;
    while (at < limit) {
      const size = this.#record(at);
      if (size === 0) break;
      at += size;
    }
    return at;
  }

  /** Replays the record at `at` and returns its size; 0 when there is none. */
  #record(at: number): number {
    const block = this.#block;
    const replay = this.#replay;
    switch (typeAt(block, at)) {
      case RecordType.batch: {
        const batch = readBatchHeader(block, at);
        if (batch === undefined) return 0;
        if (batch.syncedSegment === block.segment) this.synced = Math.max(this.synced, batch.syncedOffset);
        return BATCH_HEADER_SIZE;
      }
      case RecordType.queue: {
        const size = queueSize(queueNameLength(block, at));
        if (!intact(block, at, QUEUE_HEADER_SIZE + queueNameLength(block, at))) return 0;
        replay.queue(queueAt(block, at), queueNameAt(block, at), isQueuePaused(block, at));
        return size;
      }
      case RecordType.message: {
        const message = this.#message.at(block, at);
        if (!message.headerIntact || (this.#checkBodies && !message.bodyIntact)) return 0;
        this.highestId = Math.max(this.highestId, Math.abs(message.sequence), message.token);
        replay.message(message, block.segment, at);
        return message.size;
      }
      case RecordType.reserve:
        if (!intact(block, at, RESERVE_SIZE)) return 0;
        this.highestId = Math.max(this.highestId, outcome.token(block, at));
        replay.reserve(
          outcome.slot(block, at),
          outcome.sequence(block, at),
          outcome.attempts(block, at),
          outcome.token(block, at),
          outcome.deadline(block, at),
        );
        return RESERVE_SIZE;
      case RecordType.release:
        if (!intact(block, at, RELEASE_SIZE)) return 0;
        replay.release(outcome.slot(block, at), outcome.sequence(block, at), outcome.attempts(block, at));
        return RELEASE_SIZE;
      case RecordType.done:
        if (!intact(block, at, DONE_SIZE)) return 0;
        replay.done(outcome.slot(block, at), outcome.sequence(block, at));
        return DONE_SIZE;
      case RecordType.cancel:
        if (!intact(block, at, CANCEL_SIZE)) return 0;
        replay.cancel(outcome.slot(block, at), outcome.sequence(block, at));
        return CANCEL_SIZE;
      case RecordType.unname:
        if (!intact(block, at, UNNAME_SIZE)) return 0;
        replay.unname(outcome.slot(block, at), outcome.sequence(block, at));
        return UNNAME_SIZE;
      default:
        return this.#queueOperation(at);
    }
  }

  #queueOperation(at: number): number {
    const block = this.#block;
    const type = typeAt(block, at);
    if (type > RecordType.move || !intact(block, at, QUEUE_OPERATION_SIZE)) return 0;
    const queue = queueAt(block, at);
    switch (type) {
      case RecordType.purge:
        this.#replay.purge(queue);
        break;
      case RecordType.drop:
        this.#replay.drop(queue);
        break;
      case RecordType.pause:
        this.#replay.pause(queue);
        break;
      case RecordType.resume:
        this.#replay.resume(queue);
        break;
      case RecordType.move:
        this.#replay.move(queue, targetAt(block, at));
        break;
      default:
        return 0;
    }
    return QUEUE_OPERATION_SIZE;
  }
}

function load(files: SegmentFiles, number: number): Block {
  const size = files.sizeOf(number);
  const block = new Block(number, 0, Math.max(size, SEGMENT_HEADER_SIZE));
  block.used = files.open(number).read(block.bytes, 0);
  return block;
}

function headerOf(files: SegmentFiles, block: Block): SegmentHeader | undefined {
  const header = readSegmentHeader(block);
  if (header !== undefined && header.version > FORMAT_VERSION) {
    throw new DamagedError(
      `${files.path(block.segment)} has format ${header.version}; this version reads up to ${FORMAT_VERSION}`,
    );
  }
  return header;
}

/** Whether a journal's first file was written to: only behind a synced header, since a start waits for that. */
function hasContent(block: Block): boolean {
  return block.bytes.subarray(SEGMENT_HEADER_SIZE, block.used).some((byte) => byte !== 0);
}

/** The highest synced offset that a whole batch header of this segment at or behind `from` speaks of. */
function syncedClaim(block: Block, from: number): number {
  let highest = 0;
  for (let at = padded(from); at + BATCH_HEADER_SIZE <= block.used; at += 8) {
    const batch = readBatchHeader(block, at);
    if (batch?.syncedSegment === block.segment) highest = Math.max(highest, batch.syncedOffset);
  }
  return highest;
}

/** How far whole batches of this segment go behind `end`: what was being written when the power went. */
function tornLength(block: Block, end: number): number {
  let last = end;
  for (let at = end; at + BATCH_HEADER_SIZE <= block.used; at += 8) {
    const batch = readBatchHeader(block, at);
    if (batch !== undefined) last = at + batch.length;
  }
  return last - end;
}

function damage(files: SegmentFiles, segment: number, offset: number): DamagedError {
  return new DamagedError(
    `${files.path(segment)} is damaged at offset ${offset}: records that were on the disk are not there any more`,
  );
}
