import { DamagedError } from '../../../../shared/errors.ts';
import { Block } from './block.ts';
import { BodyCache } from './body-cache.ts';
import type { Committer } from './committer.ts';
import { DiskCommitter, MemoryCommitter, type SyncPolicy } from './committer.ts';
import type { FileSystem } from './file-system.ts';
import type { LiveBytes } from './live-bytes.ts';
import { lockDirectory } from './lock.ts';
import {
  BATCH_HEADER_SIZE,
  DONE_SIZE,
  FORMAT_VERSION,
  type MessageFields,
  MessageReader,
  messageSize,
  QUEUE_OPERATION_SIZE,
  queueSize,
  RELEASE_SIZE,
  RESERVE_SIZE,
  RecordType,
  SEGMENT_HEADER_SIZE,
  writeDone,
  writeMessage,
  writeQueue,
  writeQueueOperation,
  writeRelease,
  writeReserve,
  writeSegmentHeader,
} from './record.ts';
import { type Recovered, type Replay, recover } from './recovery.ts';
import { SegmentFiles } from './segment-files.ts';
import { Tail } from './tail.ts';

export interface JournalOptions {
  readonly fileSystem: FileSystem;
  /** Undefined: `--memory`. */
  readonly directory: string | undefined;
  readonly sync: SyncPolicy;
  readonly syncIntervalMs: number;
  /** Bytes of a segment's file; a larger record gets a larger one. */
  readonly segmentSize: number;
  /** Bytes of journal to keep in memory. */
  readonly cacheSize: number;
}

/** What every segment begins with: all that is not a message. */
export interface Checkpoint {
  nextId(): number;
  queues(): Iterable<{ readonly number: number; readonly name: string }>;
}

/** The part of a segment that is kept for outcomes while no next segment is ready. */
const OUTCOME_SHARE = 1 / 4;

/**
 * The log of all that happened to messages, in order. Appending gives a record its final place in memory at
 * once; `committer` says when it is safe.
 */
export class Journal {
  readonly committer: Committer;
  readonly cache: BodyCache;
  readonly live: LiveBytes;
  readonly #options: JournalOptions;
  readonly #checkpoint: Checkpoint;
  readonly #files: SegmentFiles | undefined;
  readonly #lock: { release(): void } | undefined;
  readonly #tail: Tail;
  readonly #onRoom: () => void;
  /** Segments that are not freed, ascending; the last one is being written. */
  readonly segments: number[];
  readonly recovered: Recovered;
  /** Why the next segment cannot be made ready at the moment, and when to try again (performance.now()). */
  roomProblem: Error | undefined;
  #retryAt = 0;
  #preparedFor = 0;

  /**
   * Replays what the directory holds and opens a new segment. `onRoom` is called when there may be room again
   * after `hasRoom` said no; `onSynced` after every sync. Throws DiskError, DamagedError.
   */
  constructor(
    options: JournalOptions,
    replay: Replay,
    live: LiveBytes,
    checkpoint: Checkpoint,
    onRoom: () => void,
    onSynced: () => void,
  ) {
    this.#options = options;
    this.live = live;
    this.#checkpoint = checkpoint;
    this.#onRoom = onRoom;
    const { fileSystem, directory, segmentSize } = options;
    this.cache = new BodyCache(directory === undefined ? Number.POSITIVE_INFINITY : options.cacheSize);
    if (directory === undefined) {
      this.recovered = { segments: [], end: 0, nextId: 1, tornBytes: 0 };
      this.#tail = new Tail(this.cache, 1, segmentSize);
      this.segments = [1];
      this.committer = new MemoryCommitter(this.#tail);
      this.#begin(0, segmentSize);
      return;
    }
    this.#lock = lockDirectory(fileSystem, directory);
    this.#files = new SegmentFiles(fileSystem, directory, segmentSize);
    try {
      this.recovered = recover(this.#files, replay);
      const last = this.recovered.segments.at(-1);
      // After the end of the process only, what it wrote is in the system's cache and not yet on the disk.
      if (last !== undefined) this.#files.open(last).syncNow();
      const segment = (last ?? 0) + 1;
      this.#files.prepareNow(segment, this.#headSize());
      this.#tail = new Tail(this.cache, segment, this.#files.sizeOf(segment));
      this.segments = [...this.recovered.segments, segment];
    } catch (error) {
      this.#files.close();
      this.#lock.release();
      throw error;
    }
    this.committer = new DiskCommitter(this.#tail, this.#files, options.sync, options.syncIntervalMs, onSynced);
  }

  /** Writes the first segment's head, once the replayed state can be asked for its checkpoint. */
  async start(): Promise<void> {
    if (this.#files === undefined) return;
    this.#begin(this.recovered.end, this.#tail.capacity);
    await this.committer.flush();
  }

  get bytes(): number {
    return this.#files?.totalBytes ?? this.cache.bytes;
  }

  get segmentSize(): number {
    return this.#options.segmentSize;
  }

  /** Whether a message record with these lengths can be appended now. If not, `onRoom` will be called. */
  hasRoom(size: number): boolean {
    const tail = this.#tail;
    if (this.#files === undefined) return true;
    const ready = this.#files.spareSize(tail.segment + 1);
    if (ready > 0) {
      if (tail.fits(size) || size + BATCH_HEADER_SIZE + this.#headSize() <= ready) return true;
    } else if (tail.fits(size, tail.capacity * OUTCOME_SHARE)) {
      return true;
    }
    this.#prepareNext(size);
    return false;
  }

  /** Where the last message record was put. */
  segment = 0;
  offset = 0;
  size = 0;

  appendMessage(fields: MessageFields, body: Buffer, start: number, end: number): void {
    const size = messageSize(fields.error.length, end - start);
    this.#reserve(size);
    const { block, at } = this.#tail;
    writeMessage(block, at, fields, body, start, end);
    this.segment = block.segment;
    this.offset = block.start + at;
    this.size = size;
  }

  appendReserve(slot: number, sequence: number, attempts: number, token: number, deadline: number): void {
    this.#reserve(RESERVE_SIZE);
    writeReserve(this.#tail.block, this.#tail.at, slot, sequence, attempts, token, deadline);
  }

  appendRelease(slot: number, sequence: number, attempts: number): void {
    this.#reserve(RELEASE_SIZE);
    writeRelease(this.#tail.block, this.#tail.at, slot, sequence, attempts);
  }

  appendDone(slot: number, sequence: number): void {
    this.#reserve(DONE_SIZE);
    writeDone(this.#tail.block, this.#tail.at, slot, sequence);
  }

  appendQueue(number: number, name: string): void {
    this.#reserve(queueSize(name.length));
    writeQueue(this.#tail.block, this.#tail.at, number, name);
  }

  appendPurge(queue: number): void {
    this.#reserve(QUEUE_OPERATION_SIZE);
    writeQueueOperation(this.#tail.block, this.#tail.at, RecordType.purge, queue);
  }

  appendDrop(queue: number): void {
    this.#reserve(QUEUE_OPERATION_SIZE);
    writeQueueOperation(this.#tail.block, this.#tail.at, RecordType.drop, queue);
  }

  /** Points `reader` to a message record that is in memory; false when it has to be loaded. */
  find(reader: MessageReader, segment: number, offset: number, size: number): boolean {
    const block = this.cache.find(segment, offset, size);
    if (block === undefined) return false;
    reader.at(block, offset - block.start);
    return true;
  }

  /** Brings a message record into memory. Rejects with DamagedError, or with the disk's error. */
  async load(segment: number, offset: number, size: number): Promise<MessageReader> {
    const files = this.#files as SegmentFiles;
    const ahead = Math.min(files.sizeOf(segment) - offset, Math.max(size, READ_AHEAD));
    const block = new Block(segment, offset, ahead);
    block.used = await files.open(segment).readLater(block.bytes, offset);
    const reader = new MessageReader().at(block, 0);
    if (block.used < size || !reader.headerIntact || !reader.bodyIntact) {
      throw new DamagedError(`${files.path(segment)} is damaged at offset ${offset}: a message cannot be read`);
    }
    this.cache.add(block);
    return reader;
  }

  /** Frees the oldest segment, in which nothing may live. */
  freeOldest(): void {
    const segment = this.segments.shift() as number;
    this.cache.dropSegment(segment);
    this.#files?.free(segment);
    this.#retryAt = 0;
  }

  async close(): Promise<void> {
    try {
      await this.committer.close();
    } finally {
      await this.#files?.close();
      this.#lock?.release();
    }
  }

  #reserve(size: number): void {
    if (!this.#tail.fits(size)) this.#rotate();
    this.#tail.reserve(size);
    // Not earlier, so that a segment that is freed meanwhile can be used again.
    if (this.#tail.offset > this.#tail.capacity / 2 && this.#preparedFor <= this.#tail.segment) this.#prepareNext(0);
    this.committer.schedule();
  }

  #rotate(): void {
    const previousEnd = this.#tail.offset;
    const segment = this.#tail.segment + 1;
    const capacity = this.#files === undefined ? this.#options.segmentSize : this.#files.spareSize(segment);
    if (capacity === 0) throw this.roomProblem ?? new DamagedError('no journal segment is ready');
    this.#tail.rotate(segment, capacity);
    this.segments.push(segment);
    this.#begin(previousEnd, capacity);
  }

  /** The head of a segment: its header and the checkpoint. */
  #begin(previousEnd: number, capacity: number): void {
    const tail = this.#tail;
    if (tail.offset === 0) tail.rotate(tail.segment, capacity);
    writeSegmentHeader(tail.block, 0, {
      version: FORMAT_VERSION,
      previousEnd,
      nextId: this.#checkpoint.nextId(),
    });
    for (const { number, name } of this.#checkpoint.queues()) {
      tail.reserve(queueSize(name.length));
      writeQueue(tail.block, tail.at, number, name);
    }
    this.committer.schedule();
  }

  /** Bytes at the head of a segment, with some room for queues that come until then. */
  #headSize(): number {
    let size = SEGMENT_HEADER_SIZE + BATCH_HEADER_SIZE;
    for (const { name } of this.#checkpoint.queues()) size += queueSize(name.length);
    return Math.ceil(size * 1.25);
  }

  /** Sees to a file for the segment after this one, with room for a record of `size` bytes. */
  #prepareNext(size: number): void {
    const files = this.#files;
    if (files === undefined || performance.now() < this.#retryAt) return;
    this.#preparedFor = this.#tail.segment + 1;
    files.prepare(this.#preparedFor, size + BATCH_HEADER_SIZE + this.#headSize()).then(
      () => {
        this.roomProblem = undefined;
        this.#onRoom();
      },
      (error: Error) => {
        this.roomProblem = error;
        this.#retryAt = performance.now() + RETRY_MS;
        this.#onRoom();
      },
    );
  }
}

/** How long after a failure to make a segment ready the next attempt may come. */
const RETRY_MS = 1000;

/** Bytes that are read at once, since messages are mostly wanted in the order of the journal. */
const READ_AHEAD = 256 * 1024;
