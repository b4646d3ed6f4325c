import { Block } from '../codec/block.ts';
import { MessageReader } from '../codec/message-record.ts';
import type { Signature } from '../codec/signature.ts';
import type { BodyCache } from './body-cache.ts';
import { damagedMessage } from './damage.ts';
import { readAround } from './read-around.ts';
import { Turnstile } from './read-limit.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Tail } from './tail.ts';

/** Bytes that are read at once, since messages are mostly wanted in the order of the journal. */
const READ_AHEAD = 256 * 1024;
/** Reads at a time: each takes so much memory. */
const MOST_READS = 16;

/** A read that is under way. */
interface Reading {
  readonly segment: number;
  readonly start: number;
  readonly end: number;
  readonly done: Promise<unknown>;
}

/** Message records, bodies and all: from memory or, a stretch at a time, from the disk. */
export class BodyReader {
  readonly #cache: BodyCache;
  readonly #tail: Tail;
  readonly #signature: Signature;
  /** Undefined where everything is in memory. */
  readonly #files: SegmentFiles | undefined;
  readonly #readings = new Set<Reading>();
  readonly #turnstile = new Turnstile(MOST_READS);

  constructor(cache: BodyCache, tail: Tail, signature: Signature, files: SegmentFiles | undefined) {
    this.#cache = cache;
    this.#tail = tail;
    this.#signature = signature;
    this.#files = files;
  }

  /** Points `reader` to a message record that is in memory; false when it has to be loaded. */
  find(reader: MessageReader, segment: number, offset: number, size: number): boolean {
    const block = this.#cache.find(segment, offset, size);
    if (block === undefined) return false;
    reader.at(block, offset - block.start);
    return !block.isLoaded || (reader.headerIntact && reader.bodyIntact);
  }

  /** A message record, brought into memory where it is not yet. Rejects with DamagedError, or with the disk's error. */
  async load(segment: number, offset: number, size: number): Promise<MessageReader> {
    const reader = new MessageReader();
    if (this.find(reader, segment, offset, size)) return reader;
    await this.#turnstile.enter();
    try {
      // Others may have read it along with theirs, or be about to.
      const reading = this.#readingOf(segment, offset, offset + size);
      if (reading !== undefined) await reading.done.catch(() => {});
      if (this.find(reader, segment, offset, size)) return reader;
      const block = await this.#read(segment, offset, size);
      reader.at(block, 0);
      if (block.used < size || !reader.headerIntact || !reader.bodyIntact) {
        throw damagedMessage((this.#files as SegmentFiles).path(segment), offset);
      }
      return reader;
    } finally {
      this.#turnstile.leave();
    }
  }

  #readingOf(segment: number, start: number, end: number): Reading | undefined {
    for (const reading of this.#readings) {
      if (reading.segment === segment && start >= reading.start && end <= reading.end) return reading;
    }
    return undefined;
  }

  /** Reads a stretch of a segment into a block, which begins with the record at `offset`, and keeps it. */
  async #read(segment: number, offset: number, size: number): Promise<Block> {
    const files = this.#files as SegmentFiles;
    const end = Math.min(files.sizeOf(segment), this.#tail.writtenEnd(segment));
    const length = Math.min(end - offset, Math.max(size, READ_AHEAD));
    const block = new Block(segment, offset, length, this.#signature);
    block.isLoaded = true;
    const done = readAround(files.open(segment), block.bytes, offset).then((used) => {
      block.used = used;
      this.#cache.add(block);
    });
    const reading = { segment, start: offset, end: offset + length, done };
    this.#readings.add(reading);
    try {
      await done;
    } finally {
      this.#readings.delete(reading);
    }
    return block;
  }
}
