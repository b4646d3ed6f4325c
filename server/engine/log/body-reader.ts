import type { BodyCache } from './body-cache.ts';
import type { Block } from './codec/block.ts';
import { MessageRecord } from './codec/message-record.ts';
import type { Position } from './position.ts';
import { ReadLimit } from './read-limit.ts';

/** Reads at a time: each takes as much memory as a stretch. */
const MOST_READS = 16;

/** A stretch of the log that is being read. */
export interface Stretch {
  /** Where it ends, at the latest. */
  readonly to: Position;
  readonly block: Promise<Block>;
}

/** Where records are read from that are not in memory. */
export interface BodySource {
  /**
   * Begins to read a stretch that begins with a record of `size` bytes: so many bytes behind it as well as cost little, since
   * messages are mostly wanted in the order of the log. Throws when the record is freed.
   */
  read(position: Position, size: number): Stretch;
  /** What is wrong when what was read is no such record. */
  damage(position: Position): Error;
}

/** A read that is under way. */
interface Reading {
  readonly from: Position;
  readonly to: Position;
  readonly done: Promise<unknown>;
}

/** Message records, bodies and all: from memory or, a stretch at a time, from where the log is kept. */
export class BodyReader {
  readonly #cache: BodyCache;
  readonly #other: BodyCache | undefined;
  readonly #source: BodySource;
  readonly #record = new MessageRecord();
  readonly #readings = new Set<Reading>();
  readonly #limit: ReadLimit;

  /** `cache` keeps what it reads; what is in the `other` one it takes from there, which makes no difference to that. */
  constructor(cache: BodyCache, source: BodySource, mostReads = MOST_READS, other?: BodyCache) {
    this.#cache = cache;
    this.#other = other;
    this.#source = source;
    this.#limit = new ReadLimit(mostReads);
  }

  /** A message record that is in memory, valid until the next call; undefined when it has to be loaded. */
  find(position: Position, size: number): MessageRecord | undefined {
    return this.#findInto(this.#record, position, size) ? this.#record : undefined;
  }

  /** A message record, brought into memory where it is not yet. Rejects with DamagedError, or with the source's error. */
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

  /** Reads a stretch that begins with the record into a block, and keeps it. */
  async #read(record: MessageRecord, position: Position, size: number): Promise<MessageRecord> {
    const { to, block: read } = this.#source.read(position, size);
    const done = read.then((block) => {
      this.#cache.add(block);
      return block;
    });
    const reading = { from: position, to, done };
    this.#readings.add(reading);
    let block: Block;
    try {
      block = await done;
    } finally {
      this.#readings.delete(reading);
    }
    const isWhole = block.used >= size;
    record.at(block, 0);
    if (!isWhole || (block.isLoaded && !(record.headerIntact && record.bodyIntact))) {
      throw this.#source.damage(position);
    }
    return record;
  }
}
