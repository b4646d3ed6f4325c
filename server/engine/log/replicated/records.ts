import { BodyCache } from '../body-cache.ts';
import { BodyReader, type BodySource, type Stretch } from '../body-reader.ts';
import { Block } from '../codec/block.ts';
import { recordSizeAt } from '../codec/layout.ts';
import { MessageRecord } from '../codec/message-record.ts';
import { RecordType, typeAt } from '../codec/record.ts';
import { type IsLive, type Position, type Range, TrimmedError } from '../log.ts';
import type { Segment, SegmentList } from '../segment-list.ts';
import { LostRecordsError } from './cluster-log.ts';
import type { LogDatabase } from './log-database.ts';
import { wholeSizeAt } from './whole-records.ts';

/** Bytes of a block to which records are written, or which is loaded for one of them; less where the cache is small. */
const BLOCK_SIZE = 256 * 1024;
/** Bytes that are loaded at once where all of a segment are wanted. */
const SURVIVORS_AHEAD = 1024 * 1024;
/** What people look at has a small memory of its own, and so many loads at a time. */
const LOOKS_SIZE = 1024 * 1024;
const MOST_LOOKS = 2;

/** The records of the log: those lately written or read are in memory, all that are committed in the database. */
export class Records implements BodySource {
  readonly #database: LogDatabase;
  readonly #segments: SegmentList;
  readonly #blockSize: number;
  readonly #cache: BodyCache;
  readonly #bodies: BodyReader;
  readonly #looks: BodyReader;
  /** The last one stays, those before it as long as not all of it is committed. */
  readonly #pinned: Block[] = [];
  /** All before it is: nothing behind it is loaded, since something else may be there in the end. */
  #committed: Position = 0;

  constructor(database: LogDatabase, segments: SegmentList, cacheSize: number) {
    this.#database = database;
    this.#segments = segments;
    this.#blockSize = Math.min(BLOCK_SIZE, Math.ceil(cacheSize / 8));
    this.#cache = new BodyCache(cacheSize);
    this.#bodies = new BodyReader(this.#cache, this);
    this.#looks = new BodyReader(new BodyCache(LOOKS_SIZE), this, MOST_LOOKS, this.#cache);
  }

  /** Bytes that are in memory. */
  get bytes(): number {
    return this.#cache.bytes;
  }

  /** A block with space for `size` bytes, the next of which is at `position`: the end of the log. */
  blockAt(position: Position, size: number): Block {
    let block = this.#pinned.at(-1);
    // Freeing a segment drops the blocks that begin in it: none goes on into the next one.
    const isSegment = position === this.#segments.newest?.from;
    if (isSegment || block === undefined || block.end !== position || block.used + size > block.capacity) {
      block = new Block(position, Math.max(this.#blockSize, size));
      block.pinned = true;
      this.#pinned.push(block);
      this.#cache.add(block);
    }
    return block;
  }

  /** All before a position is committed, so that it can be loaded. */
  committed(position: Position): void {
    this.#committed = position;
    const pinned = this.#pinned;
    while (pinned.length > 1 && (pinned[0] as Block).end <= position)
      (pinned.shift() as Block).pinned = false;
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

  /** A stretch of the log is gone. */
  drop(range: Range): void {
    this.#cache.drop(range);
  }

  /** See `Log`. */
  async *survivors({ from, to }: Range, isLive: IsLive): AsyncGenerator<MessageRecord> {
    const record = new MessageRecord();
    let next: Promise<Block> | undefined;
    for (let position = from; position < to; ) {
      const block = await (next ?? this.#blockWith(position));
      const end = Math.min(to, endOfWhole(block, position));
      // It comes while these are moved. Whoever does not go on is not interested in how it ends.
      next = end < to ? this.#blockWith(end) : undefined;
      next?.catch(() => {});
      while (position < end) {
        const start = position - block.position;
        const size = recordSizeAt(block, start);
        if (typeAt(block, start) === RecordType.message && isLive(record.at(block, start), position))
          yield record;
        position += size;
      }
    }
  }

  read(position: Position, size: number): Stretch {
    const { number, to } = this.#segmentOf(position);
    const length = Math.max(size, Math.min(Math.min(to, this.#committed) - position, this.#blockSize));
    return { to: position + length, block: this.#loadRecord(number, position, length, size) };
  }

  damage(position: Position): Error {
    return new LostRecordsError(
      `what is at position ${position} of the log in the database is not what was there`,
    );
  }

  /** A block that has all of the record at a position. */
  async #blockWith(position: Position): Promise<Block> {
    const found = this.#cache.peek(position, 1);
    if (found !== undefined && wholeSizeAt(found, position - found.position) !== undefined) return found;
    const { number, to } = this.#segmentOf(position);
    const most = Math.min(to, this.#committed) - position;
    for (let length = Math.min(most, SURVIVORS_AHEAD); ; length = Math.min(most, 2 * length)) {
      const block = await this.#load(number, position, length);
      if (wholeSizeAt(block, 0) !== undefined) return block;
      if (block.used < length || length === most) throw this.damage(position);
    }
  }

  async #loadRecord(segment: number, position: Position, length: number, size: number): Promise<Block> {
    const block = await this.#load(segment, position, length);
    if (wholeSizeAt(block, 0) !== size) throw this.damage(position);
    return block;
  }

  async #load(segment: number, position: Position, length: number): Promise<Block> {
    const bytes = await this.#database.load(segment, position, length);
    const block = new Block(position, bytes.length);
    block.used = bytes.copy(block.bytes);
    return block;
  }

  #segmentOf(position: Position): Segment {
    const segment = this.#segments.at(position);
    if (segment === undefined) throw new TrimmedError(`what was at position ${position} of the log is freed`);
    return segment;
  }
}

/** Where the last record ends that is whole, of those from a position on. */
function endOfWhole(block: Block, position: Position): Position {
  for (let end = position; ; ) {
    const size = wholeSizeAt(block, end - block.position);
    if (size === undefined) return end;
    end += size;
  }
}
