import { DiskError, DiskFullError, MemqError } from '../../../../shared/errors.ts';
import {
  type MessageFields,
  type MessageReader,
  messageSize,
  writeMessage,
} from '../codec/message-record.ts';
import {
  BATCH_HEADER_SIZE,
  CANCEL_SIZE,
  DONE_SIZE,
  QUEUE_OPERATION_SIZE,
  queueSize,
  RELEASE_SIZE,
  RESERVE_SIZE,
  UNNAME_SIZE,
  writeCancel,
  writeDone,
  writeQueue,
  writeQueueOperation,
  writeRelease,
  writeReserve,
  writeUnname,
} from '../codec/record.ts';
import { newSignature, type Signature } from '../codec/signature.ts';
import { BodyCache } from './body-cache.ts';
import { BodyReader } from './body-reader.ts';
import { type Committer, DiskCommitter, MemoryCommitter, type SyncPolicy } from './committer.ts';
import type { FileSystem } from './file-system.ts';
import type { LiveBytes } from './live-bytes.ts';
import { lockDirectory } from './lock.ts';
import { type Recovered, type Replay, recover } from './recovery.ts';
import { Room } from './room.ts';
import { SegmentFiles } from './segment-files.ts';
import { type Checkpoint, SegmentHead } from './segment-head.ts';
import { type IsLast, survivorsInFile, survivorsInMemory } from './survivors.ts';
import { Tail } from './tail.ts';
import { Waste } from './waste.ts';

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
  /** Called when a write or a sync has failed: nothing is acknowledged any more. */
  readonly onFailure?: (error: Error) => void;
}

/** Bytes that the records of one operation take, where they carry no message. */
const SMALL_OUTCOMES = 4 * RESERVE_SIZE;

/**
 * The log of all that happened to messages, in order. Appending gives a record its final place in memory at
 * once; `committer` says when it is safe.
 */
export class Journal {
  readonly committer: Committer;
  readonly cache: BodyCache;
  readonly bodies: BodyReader;
  readonly live: LiveBytes;
  readonly #options: JournalOptions;
  readonly #head: SegmentHead;
  readonly #files: SegmentFiles | undefined;
  readonly #lock: { release(): void } | undefined;
  readonly #tail: Tail;
  readonly #signature: Signature;
  /** Undefined where there is always some. */
  readonly #room: Room | undefined;
  readonly #waste: Waste;
  /** Segments that are not freed, ascending; the last one is being written. */
  readonly segments: number[];
  readonly recovered: Recovered;
  /** Where the records of those segments end that are written no more. */
  readonly #ends = new Map<number, number>();

  /**
   * Replays what the directory holds and opens a new segment. `onRoom` is called when there may be room again
   * after `hasRoom` said no; `onWritten` after every turn's records. Throws DiskError, DamagedError.
   */
  constructor(
    options: JournalOptions,
    replay: Replay,
    live: LiveBytes,
    checkpoint: Checkpoint,
    onRoom: () => void,
    onWritten: () => void,
  ) {
    this.#options = options;
    this.live = live;
    const { fileSystem, directory, segmentSize } = options;
    this.cache = new BodyCache(directory === undefined ? Number.POSITIVE_INFINITY : options.cacheSize);
    if (directory === undefined) {
      this.recovered = { segments: [], ends: [], nextId: 1, tornBytes: 0, signature: undefined };
      this.#signature = newSignature();
      this.#head = new SegmentHead(checkpoint, this.#signature);
      this.#tail = new Tail(this.cache, this.#signature, 1, segmentSize);
      this.segments = [1];
      this.#waste = new Waste(live, this.segments, segmentSize);
      this.bodies = new BodyReader(this.cache, this.#tail, this.#signature, undefined);
      this.committer = new MemoryCommitter(this.#tail, onWritten);
      this.#begin(0);
      return;
    }
    this.#lock = lockDirectory(fileSystem, directory);
    this.#files = new SegmentFiles(fileSystem, directory, segmentSize);
    try {
      this.recovered = recover(this.#files, replay);
      this.#signature = this.recovered.signature ?? newSignature();
      this.#head = new SegmentHead(checkpoint, this.#signature);
      const last = this.recovered.segments.at(-1);
      const segment = (last ?? 0) + 1;
      const headSize = this.#head.measure();
      this.#files.prepareNow(segment, headSize);
      this.#tail = new Tail(this.cache, this.#signature, segment, this.#files.sizeOf(segment));
      this.segments = [...this.recovered.segments, segment];
      this.#waste = new Waste(live, this.segments, segmentSize);
      this.#room = new Room(this.#tail, this.#files, live, this.segments, segmentSize, onRoom);
      this.#room.headSize = headSize;
      if (!this.#room.isLow()) this.#files.dropOldSpares();
      for (const [index, end] of this.recovered.ends.entries()) {
        this.#ends.set(this.recovered.segments[index] as number, end);
      }
      this.bodies = new BodyReader(this.cache, this.#tail, this.#signature, this.#files);
    } catch (error) {
      this.#files.close();
      this.#lock.release();
      throw error instanceof MemqError ? error : new DiskError(`${directory}: ${(error as Error).message}`);
    }
    this.committer = new DiskCommitter(
      this.#tail,
      this.#files,
      options.sync,
      options.syncIntervalMs,
      onWritten,
      options.onFailure ?? (() => {}),
    );
  }

  /** Writes the first segment's head, once the replayed state can be asked for its checkpoint. */
  async start(): Promise<void> {
    if (this.#files === undefined) return;
    this.#begin(this.recovered.ends.at(-1) ?? 0);
    await this.committer.flush();
  }

  /** Bytes written since the start, headers included. */
  get writtenBytes(): number {
    return this.#tail.writtenBytes;
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#files?.totalBytes ?? this.cache.bytes;
  }

  /** Why the next segment cannot be made ready at the moment; it is tried again before long. */
  get roomProblem(): Error | undefined {
    return this.#room?.problem;
  }

  get segmentSize(): number {
    return this.#options.segmentSize;
  }

  /**
   * Whether a message's record of `size` bytes can be appended now, and room stays for what happens to the others.
   * If not, `onRoom` will be called.
   */
  hasRoom(size: number): boolean {
    return this.#room?.forMessage(size) ?? true;
  }

  /** The same for records of what happens to messages: for these a full disk has some room. */
  hasRoomForOutcome(size = SMALL_OUTCOMES): boolean {
    if (this.#room?.forOutcome(size) ?? true) return true;
    // Whoever is told of what was written sees to garbage.
    if (this.needsCleaning) this.committer.schedule();
    return false;
  }

  /** The same for what is appended again so that its segment can be freed. */
  hasRoomToMove(size: number): boolean {
    return this.#room?.forMoving(size) ?? true;
  }

  /** Resolves when there is room for a message's record. Rejects with the reason why there is none. */
  async room(size: number): Promise<void> {
    while (!this.hasRoom(size)) await this.#room?.more();
  }

  /** The same for what is to be moved. */
  async roomToMove(size: number): Promise<void> {
    while (!this.hasRoomToMove(size)) await this.#room?.more();
  }

  /** Resolves when no further room is on its way. */
  async settled(): Promise<void> {
    await this.#room?.settled();
  }

  /** The disk is full, so that what happens to messages has no room any more but what freeing segments gives. */
  get needsCleaning(): boolean {
    return this.#room?.needsCleaning(SMALL_OUTCOMES) ?? false;
  }

  /** Whether there may be room in a moment: a disk was full, and a file is made ready or segments can be freed. */
  get isMakingRoom(): boolean {
    return this.needsCleaning || (this.#room?.isBusy ?? false);
  }

  /** Cleaning has given nothing. */
  cleanedInVain(): void {
    this.#room?.cleanedInVain();
  }

  /** Where the last message record was put. */
  segment = 0;
  offset = 0;
  size = 0;

  appendMessage(fields: MessageFields, body: Buffer, start: number, end: number): void {
    const size = messageSize(fields.error.length + fields.attributes.length, end - start);
    this.#allot(size);
    const { block, at } = this.#tail;
    writeMessage(block, at, fields, body, start, end);
    this.segment = block.segment;
    this.offset = block.start + at;
    this.size = size;
  }

  appendReserve(slot: number, sequence: number, attempts: number, token: number, deadline: number): void {
    this.#allot(RESERVE_SIZE);
    writeReserve(this.#tail.block, this.#tail.at, slot, sequence, attempts, token, deadline);
  }

  appendRelease(slot: number, sequence: number, attempts: number): void {
    this.#allot(RELEASE_SIZE);
    writeRelease(this.#tail.block, this.#tail.at, slot, sequence, attempts);
  }

  appendDone(slot: number, sequence: number): void {
    this.#allot(DONE_SIZE);
    writeDone(this.#tail.block, this.#tail.at, slot, sequence);
  }

  appendCancel(slot: number, sequence: number): void {
    this.#allot(CANCEL_SIZE);
    writeCancel(this.#tail.block, this.#tail.at, slot, sequence);
  }

  appendUnname(slot: number, sequence: number): void {
    this.#allot(UNNAME_SIZE);
    writeUnname(this.#tail.block, this.#tail.at, slot, sequence);
  }

  /** A new queue. */
  appendQueue(number: number, name: string): void {
    const size = queueSize(name.length);
    this.#allot(size);
    writeQueue(this.#tail.block, this.#tail.at, number, name, false);
    const room = this.#room;
    if (room === undefined) return;
    room.headSize += BATCH_HEADER_SIZE + size;
    // The next segment's file may have become too small for its head.
    if (room.spareSize > 0 && room.spareSize < 2 * room.headSize) room.prepare(0);
  }

  /** Something that happens to a whole queue: one of the types that `writeQueueOperation` is for. */
  appendQueueOperation(type: number, queue: number, target = 0): void {
    this.#allot(QUEUE_OPERATION_SIZE);
    writeQueueOperation(this.#tail.block, this.#tail.at, type, queue, target);
  }

  /** The records of a segment that is written no more which are the last of their message; see survivors.ts. */
  survivorsOf(segment: number, isLast: IsLast): AsyncGenerator<MessageReader> {
    if (this.#files === undefined) return survivorsInMemory([...this.cache.blocksOf(segment)], isLast);
    const window = this.#files.window(segment);
    window.sign(this.#signature);
    return survivorsInFile(window, this.#ends.get(segment) as number, isLast);
  }

  /** Whether there is enough to be gained for the cleaner to begin. */
  get isWasteful(): boolean {
    if (this.#room?.isWorthCleaning === false) return false;
    return this.#waste.isTooMuch(this.bytes, this.#room?.spareBytes ?? 0, this.#room?.headSize ?? 0);
  }

  /** Sees to room in time. */
  tend(): void {
    this.#room?.tend();
  }

  /** Whether a spare file is needed no more. */
  get hasIdleSpare(): boolean {
    return this.#room?.hasIdleSpare(this.#waste.bound) ?? false;
  }

  dropIdleSpares(): void {
    while (this.hasIdleSpare) this.#files?.dropSpare();
  }

  /** Frees the oldest segment, in which nothing may live. */
  freeOldest(): void {
    const segment = this.segments.shift() as number;
    this.cache.dropSegment(segment);
    this.live.forget(segment);
    this.#ends.delete(segment);
    const room = this.#room;
    if (room === undefined) return;
    this.#files?.free(segment, room.spareSize === 0 || room.isLow());
    room.freed();
  }

  async close(): Promise<void> {
    try {
      await this.committer.close();
    } finally {
      await this.#room?.close();
      this.#files?.close();
      this.#lock?.release();
    }
  }

  #allot(size: number): void {
    if (!this.#tail.fits(size)) this.#rotate(size);
    this.#tail.reserve(size);
    this.committer.schedule();
  }

  /** Goes on in the next segment, which has to have room for a record of `size` bytes. */
  #rotate(size: number): void {
    const previousEnd = this.#tail.offset;
    const segment = this.#tail.segment + 1;
    const least = (this.#room?.headSize ?? this.#head.measure()) + BATCH_HEADER_SIZE + size;
    const capacity = this.#room?.spareSize ?? Math.max(this.segmentSize, least);
    if (capacity < least) throw this.roomProblem ?? new DiskFullError('no journal segment is ready');
    this.#ends.set(this.#tail.segment, previousEnd);
    this.#tail.rotate(segment, capacity);
    this.segments.push(segment);
    this.#begin(previousEnd);
  }

  #begin(previousEnd: number): void {
    this.#head.write(this.#tail, previousEnd);
    if (this.#room !== undefined) this.#room.headSize = this.#head.measure();
    this.committer.schedule();
  }
}
