import { DiskError, DiskFullError, MemqError } from '../../../../shared/errors.ts';
import type { Completion } from '../../completion.ts';
import { Histogram } from '../../histogram.ts';
import type { Event } from '../../state/events.ts';
import { BodyCache } from '../body-cache.ts';
import { BodyReader } from '../body-reader.ts';
import { sealEvent, writeEvent } from '../codec/event-record.ts';
import type { MessageRecord } from '../codec/message-record.ts';
import { BATCH_HEADER_SIZE, SEGMENT_HEADER_SIZE, sizeOf } from '../codec/sizes.ts';
import { inSlices } from '../in-slices.ts';
import { LiveBytes } from '../live-bytes.ts';
import {
  type Events,
  type IsLive,
  type Level,
  type Log,
  type Position,
  type Range,
  type SpaceKind,
  TrimmedError,
} from '../log.ts';
import { type Segment, SegmentList } from '../segment-list.ts';
import { Committer, type SyncPolicy } from './committer.ts';
import { FileBodies } from './file-bodies.ts';
import type { FileSystem } from './file-system.ts';
import { follow } from './follower.ts';
import { lockDirectory } from './lock.ts';
import { LostFiles } from './lost-files.ts';
import { type Recovered, recover } from './recovery.ts';
import { SegmentFiles } from './segment-files.ts';
import { identifiersBelow } from './segment-reader.ts';
import { Space } from './space.ts';
import { survivorsInFile } from './survivors.ts';
import type { Tail } from './tail.ts';
import { begin, type Found, goOn } from './tail-start.ts';

/** What people look at has a small memory of its own, and so many reads at a time. */
const LOOKS_SIZE = 1024 * 1024;
const MOST_LOOKS = 2;

export interface LocalLogOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly sync: SyncPolicy;
  readonly syncIntervalMs: number;
  /** Bytes of a segment's file; a larger record gets a larger one. */
  readonly segmentSize: number;
  /** Bytes of the log to keep in memory. */
  readonly cacheSize: number;
  /** Most files of segments that are kept open to be read; undefined: all. */
  readonly openFiles?: number;
  /** Engine time, milliseconds since the epoch: on record for every batch. */
  readonly clock: () => number;
  /** Called when a file for more of the log could be made ready, or could not: why. */
  readonly onSpace?: (problem: Error | undefined) => void;
  /** Called when a write or a sync has failed: nothing is acknowledged any more. */
  readonly onFailure?: (error: Error) => void;
}

/** The log on the local disk: a directory of segments, each a file. docs/journal.md tells their life. */
export class LocalLog implements Log {
  readonly live = new LiveBytes();
  readonly syncs = new Histogram();
  readonly isStalled = false;
  onAdmit = (): void => {};
  onSegment = (): void => {};
  onWritten = (): void => {};
  /** What the first replay has found. */
  recovered: Recovered = { segments: 0, tornBytes: 0, newest: 0, nextId: 1 };

  readonly #options: LocalLogOptions;
  readonly #lock: { release(): void };
  readonly #files: SegmentFiles;
  readonly #lostFiles: LostFiles;
  readonly #cache: BodyCache;
  readonly #segments = new SegmentList();
  #checkpointBytes = 0;
  /** Undefined before the first replay. */
  #found: Found | undefined;
  /** What appends need, which `start` makes. */
  #isStarted = false;
  #tail!: Tail;
  #space!: Space;
  #bodies!: BodyReader;
  #looks!: BodyReader;
  #committer!: Committer;

  /** Locks the directory, which is made where there is none. Throws DiskError, TryLaterError. */
  static open(options: LocalLogOptions): LocalLog {
    return new LocalLog(options, lockDirectory(options.fileSystem, options.directory));
  }

  private constructor(options: LocalLogOptions, lock: { release(): void }) {
    this.#options = options;
    this.#lock = lock;
    const { fileSystem, directory, segmentSize, openFiles } = options;
    this.#files = new SegmentFiles(fileSystem, directory, segmentSize, openFiles);
    this.#lostFiles = new LostFiles(fileSystem, directory, this.#files);
    // Nothing is written before the start, but what is synced at once.
    this.#files.settle(Number.POSITIVE_INFINITY);
    this.#cache = new BodyCache(options.cacheSize);
  }

  async replay(into: Events, from?: Position): Promise<Position> {
    const end = this.#found === undefined ? undefined : this.end;
    try {
      if (end === undefined) await inSlices(this.#recover(into));
      else await inSlices(this.#follow(into, from ?? this.#segments.oldest?.from ?? end, end));
    } catch (error) {
      throw this.#diskError(error);
    }
    return end ?? this.end;
  }

  async start(): Promise<void> {
    const { segmentSize, sync, syncIntervalMs, onFailure = () => {} } = this.#options;
    const found = this.#found as Found;
    const headSize = SEGMENT_HEADER_SIZE + this.#checkpointBytes;
    try {
      const { clock } = this.#options;
      const beginning = { ...found, files: this.#files, cache: this.#cache, segments: this.#segments, clock };
      if (found.goesOn) this.#tail = await goOn(beginning);
      else {
        this.#tail = await begin(beginning, headSize);
        this.#addSegment(this.#tail.segment, found.end);
      }
      const onAdmit = () => {
        this.#options.onSpace?.(this.refusal);
        this.onAdmit();
      };
      this.#space = new Space(
        this.#tail,
        this.#files,
        this.live,
        this.#segments,
        segmentSize,
        headSize,
        onAdmit,
      );
      if (this.#space.isLow()) this.#files.dropBehindGap();
      else this.#files.dropOldSpares();
    } catch (error) {
      throw this.#diskError(error);
    }
    const source = new FileBodies(this.#tail, found.signature, this.#files, this.#segments);
    this.#bodies = new BodyReader(this.#cache, source);
    this.#looks = new BodyReader(new BodyCache(LOOKS_SIZE), source, MOST_LOOKS, this.#cache);
    this.#committer = new Committer(
      this.#tail,
      this.#files,
      sync,
      syncIntervalMs,
      found.end,
      this.syncs,
      () => this.#afterWrite(),
      onFailure,
    );
    this.#isStarted = true;
    if (!found.goesOn) this.#checkpoint();
    this.#committer.schedule();
    await this.#committer.flush();
  }

  admit(bytes: number, kind: SpaceKind): boolean {
    if (this.#space.admit(bytes, kind)) return true;
    // Whoever is told of what was written sees to compaction.
    if (kind === 'event' && this.#space.isCompactionUrgent) this.#committer.schedule();
    return false;
  }

  get refusal(): Error | undefined {
    return this.#space.problem;
  }

  get isMakingSpace(): boolean {
    return this.#space.isBusy;
  }

  get checkpointBytes(): number {
    return this.#checkpointBytes;
  }

  set checkpointBytes(bytes: number) {
    this.#checkpointBytes = bytes;
    if (this.#isStarted) this.#space.headSize = SEGMENT_HEADER_SIZE + bytes;
  }

  append(event: Event): Position {
    const size = sizeOf(event);
    const tail = this.#tail;
    if (!tail.fits(size)) this.#rotate(size);
    tail.allot(size);
    this.#committer.schedule();
    const { block, at } = tail;
    event.size = size;
    writeEvent(block, at, event);
    sealEvent(block, at, event);
    return block.position + at;
  }

  get end(): Position {
    return this.#isStarted ? this.#tail.end : this.#recoveredEnd;
  }

  get durable(): Position {
    return this.#isStarted ? this.#committer.durable : this.#recoveredEnd;
  }

  when<T>(level: Level, completion: Completion<T>, value: T): void {
    this.#committer.when(level, completion, value);
  }

  whenCertain<T>(completion: Completion<T>, value: T): void {
    completion.resolve(value);
  }

  flush(): Promise<void> {
    return this.#committer.flush();
  }

  /**
   * Fails the log when a file of it has vanished, or another has its name: what it has could not be found again. Whoever
   * serves from the log calls this now and then, since writes to a file without a name succeed.
   */
  lookAfterFiles(): void {
    if (!this.#isStarted || this.failure !== undefined) return;
    const problem = this.#lostFiles.find();
    if (problem !== undefined) this.#committer.fail(new DiskError(problem));
  }

  get failure(): Error | undefined {
    return this.#isStarted ? this.#committer.failure : undefined;
  }

  find(position: Position, size: number): MessageRecord | undefined {
    return this.#bodies.find(position, size);
  }

  load(position: Position, size: number): Promise<MessageRecord> {
    return this.#bodies.load(position, size);
  }

  look(position: Position, size: number): Promise<MessageRecord> {
    return this.#looks.load(position, size);
  }

  get bytes(): number {
    return this.#files.totalBytes;
  }

  get compaction(): 'idle' | 'due' | 'urgent' {
    const space = this.#space;
    if (space.isCompactionUrgent) return 'urgent';
    if (this.#segments.length < 2) return 'idle';
    return this.live.of(this.#oldest) === 0 || space.isWasteful ? 'due' : 'idle';
  }

  oldest(): Range {
    const { from, to } = this.#oldest;
    return { from, to: Math.min(to, this.end) };
  }

  survivors({ from, to }: Range, isLive: IsLive): AsyncIterable<MessageRecord> {
    const segment = this.#oldest;
    const window = this.#files.window(segment.number, segment.from);
    window.sign((this.#found as Found).signature);
    const end = Math.min(segment.end, to - segment.from, this.#tail.writtenEnd(segment.number));
    return survivorsInFile(window, from - segment.from, end, isLive);
  }

  async freeOldest(): Promise<void> {
    await this.flush();
    await this.#files.bounds.update({ oldest: this.#oldest.number + 1 });
    const space = this.#space;
    const segment = this.#segments.removeOldest();
    this.#cache.drop(segment);
    this.live.forget(segment);
    this.#files.free(segment.number, space.spareSize === 0 || space.isLow());
    space.freed();
    await space.settled();
    this.#dropIdleSpares();
  }

  compactedInVain(): void {
    this.#space.compactedInVain();
  }

  details(): Iterable<readonly [name: string, value: string]> {
    return [
      ['journal_segments', String(this.#segments.length)],
      ['journal_bytes', String(this.bytes)],
      ['journal_live_bytes', String(this.live.total)],
      ['journal_written_bytes', String(this.#tail.writtenBytes)],
      ['journal_syncs', String(this.syncs.count)],
      ['journal_failure', this.failure?.message ?? 'none'],
      ['journal_refusal', this.refusal?.message ?? 'none'],
      ['cache_bytes', String(this.#cache.bytes)],
    ];
  }

  async close(): Promise<void> {
    try {
      if (this.#isStarted) {
        await this.#committer.close();
        if (this.failure === undefined) await this.#recordEnd();
      }
    } finally {
      if (this.#isStarted) await this.#space.close();
      this.#files.close();
      this.#lock.release();
    }
  }

  /** Where what the first replay has found ends. */
  get #recoveredEnd(): Position {
    return this.#found?.end ?? 0;
  }

  /** So that the next start can tell whether anything is missing at the end. */
  async #recordEnd(): Promise<void> {
    const { segment, offset } = this.#tail;
    try {
      await this.#files.bounds.update({ newest: segment, synced: offset, isClosed: true });
    } catch (error) {
      throw this.#diskError(error);
    }
  }

  get #oldest(): Segment {
    return this.#segments.oldest as Segment;
  }

  /** The first replay. */
  *#recover(into: Events): Generator<void> {
    const add = (number: number, from: Position) => this.#addSegment(number, from);
    const { found, recovered } = yield* recover(this.#files, this.#segments, into, add);
    this.#found = found;
    this.recovered = recovered;
    this.#tellIdentifiers(into);
  }

  /** A later replay. */
  *#follow(into: Events, from: Position, to: Position): Generator<void> {
    const log = {
      segments: this.#segments,
      cache: this.#cache,
      files: this.#files,
      signature: (this.#found as Found).signature,
      writtenEnd: (segment: number) =>
        this.#isStarted ? this.#tail.writtenEnd(segment) : Number.POSITIVE_INFINITY,
    };
    const middle = Math.min(to, this.#recoveredEnd);
    yield* follow(log, into, from, middle);
    if (from < middle) this.#tellIdentifiers(into);
    yield* follow(log, into, Math.max(from, middle), to);
  }

  /** What was given out after the last sync may be known to somebody. */
  #tellIdentifiers(into: Events): void {
    const { nextId } = this.recovered;
    if (nextId > 1) into.apply(identifiersBelow(nextId), this.#recoveredEnd);
  }

  /** The segment begins with all that is no message. */
  #checkpoint(): void {
    this.onSegment();
    this.#tail.endCheckpoint();
  }

  #addSegment(number: number, from: Position): void {
    this.#segments.add(number, from);
    this.live.begin(from);
  }

  /** Goes on in the next segment, which has to have space for a record of `size` bytes. */
  #rotate(size: number): void {
    const space = this.#space;
    const tail = this.#tail;
    const capacity = space.spareSize;
    if (capacity < space.headSize + BATCH_HEADER_SIZE + size) {
      throw this.refusal ?? new DiskFullError('no journal segment is ready');
    }
    const number = tail.segment + 1;
    tail.rotate(number, capacity);
    this.#addSegment(number, tail.end - SEGMENT_HEADER_SIZE);
    this.#checkpoint();
  }

  /** Every turn's records have been written. */
  #afterWrite(): void {
    this.#space.lookAhead();
    this.#dropIdleSpares();
    this.onWritten();
  }

  /** A spare that is not needed goes, but not while compaction may need it. */
  #dropIdleSpares(): void {
    const space = this.#space;
    if (!space?.hasIdleSpare || this.compaction !== 'idle') return;
    try {
      space.dropIdleSpares();
    } catch {
      // A disk in trouble keeps it for now. Nothing depends on it, and a name that comes back after a crash is a spare.
    }
  }

  #diskError(error: unknown): Error {
    if (error instanceof MemqError || error instanceof TrimmedError) return error;
    return new DiskError(`${this.#options.directory}: ${(error as Error).message}`, { cause: error });
  }
}
