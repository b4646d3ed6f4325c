import { Block } from '../codec/block.ts';
import { MessageRecord } from '../codec/message-record.ts';
import type { Signature } from '../codec/signature.ts';
import type { Position } from '../log.ts';
import type { BodyCache } from './body-cache.ts';
import { damagedMessage } from './damage.ts';
import { readAround } from './read-around.ts';
import { ReadLimit } from './read-limit.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { SegmentList } from './segment-list.ts';
import type { Tail } from './tail.ts';

/** Bytes that are read at once, since messages are mostly wanted in the order of the log. */
const READ_AHEAD = 256 * 1024;
/** Reads at a time: each takes so much memory. */
const MOST_READS = 16;

/** Where records are read from. */
interface Source {
  readonly tail: Tail;
  readonly signature: Signature;
  readonly files: SegmentFiles;
  readonly segments: SegmentList;
}

/** A read that is under way. */
interface Reading {
  readonly from: Position;
  readonly to: Position;
  readonly done: Promise<unknown>;
}

/** Message records, bodies and all: from memory or, a stretch at a time, from the disk. */
export class BodyReader {
  readonly #cache: BodyCache;
  readonly #other: BodyCache | undefined;
  readonly #tail: Tail;
  readonly #signature: Signature;
  readonly #files: SegmentFiles;
  readonly #segments: SegmentList;
  readonly #record = new MessageRecord();
  readonly #readings = new Set<Reading>();
  readonly #limit: ReadLimit;

  /** `cache` keeps what it reads; what is in the `other` one it takes from there, which makes no difference to that. */
  constructor(cache: BodyCache, source: Source, mostReads = MOST_READS, other?: BodyCache) {
    this.#cache = cache;
    this.#other = other;
    this.#tail = source.tail;
    this.#signature = source.signature;
    this.#files = source.files;
    this.#segments = source.segments;
    this.#limit = new ReadLimit(mostReads);
  }

  /** A message record that is in memory, valid until the next call; undefined when it has to be loaded. */
  find(position: Position, size: number): MessageRecord | undefined {
    return this.#findInto(this.#record, position, size) ? this.#record : undefined;
  }

  /** A message record, brought into memory where it is not yet. Rejects with DamagedError, or with the disk's error. */
  async load(position: Position, size: number): Promise<MessageRecord> {
    const record = new MessageRecord();
    if (this.#findInto(record, position, size)) return record;
    await this.#limit.enter();
    try {
      // Others may have read it along with theirs, or be about to.
      const reading = this.#readingOf(position, position + size);
      if (reading !== undefined) await reading.done.catch(() => {});
      if (this.#findInto(record, position, size)) return record;
      return await this.#read(record, position, size);
    } finally {
      this.#limit.leave();
    }
  }

  #findInto(record: MessageRecord, position: Position, size: number): boolean {
    const block = this.#cache.find(position, size) ?? this.#other?.peek(position, size);
    if (block === undefined) return false;
    record.at(block, position - block.position);
    return !block.isLoaded || (record.headerIntact && record.bodyIntact);
  }

  #readingOf(from: Position, to: Position): Reading | undefined {
    for (const reading of this.#readings) {
      if (from >= reading.from && to <= reading.to) return reading;
    }
    return undefined;
  }

  /** Reads a stretch of a segment that begins with the record into a block, and keeps it. */
  async #read(record: MessageRecord, position: Position, size: number): Promise<MessageRecord> {
    const segment = this.#segments.at(position);
    if (segment === undefined) throw new Error(`what was at position ${position} of the log is freed`);
    const { number, end } = segment;
    const offset = position - segment.from;
    const length = Math.min(
      Math.min(end, this.#tail.writtenEnd(number)) - offset,
      Math.max(size, READ_AHEAD),
    );
    const block = new Block(position, length, number, this.#signature);
    block.isLoaded = true;
    const done = readAround(this.#files.open(number), block.bytes, offset).then((used) => {
      block.used = used;
      this.#cache.add(block);
    });
    const reading = { from: position, to: position + length, done };
    this.#readings.add(reading);
    try {
      await done;
    } finally {
      this.#readings.delete(reading);
    }
    record.at(block, 0);
    if (block.used < size || !record.headerIntact || !record.bodyIntact) {
      throw damagedMessage(this.#files.path(number), offset);
    }
    return record;
  }
}
