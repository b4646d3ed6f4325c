import { Event } from '../../state/events.ts';
import type { BodyCache } from '../body-cache.ts';
import type { Block } from '../codec/block.ts';
import { readEvent } from '../codec/event-record.ts';
import { readSegmentHeader, type SegmentHeader } from '../codec/headers.ts';
import { recordSizeAt } from '../codec/layout.ts';
import { RecordType, typeAt } from '../codec/record.ts';
import type { Signature } from '../codec/signature.ts';
import { padded, SEGMENT_HEADER_SIZE } from '../codec/sizes.ts';
import { SLICE, workOf } from '../in-slices.ts';
import { type Events, type Position, TrimmedError } from '../log.ts';
import type { Segment, SegmentList } from '../segment-list.ts';
import { damagedLog } from './damage.ts';
import type { SegmentFiles } from './segment-files.ts';
import { headerOf, identifiersBelow } from './segment-reader.ts';
import type { SegmentWindow } from './segment-window.ts';

/** What a follower reads: a log that has been read once, and may be written to meanwhile. */
export interface Followed {
  readonly segments: SegmentList;
  readonly cache: BodyCache;
  readonly files: SegmentFiles;
  readonly signature: Signature;
  /** Offset up to which a segment may be read from its file; what comes behind it is in the cache. */
  writtenEnd(segment: number): number;
}

/**
 * Tells the events of a stretch of a log, from memory where they are there. Yields now and then. Throws TrimmedError when
 * the stretch is freed before it was told, and DamagedError.
 */
export function* follow(log: Followed, into: Events, from: Position, to: Position): Generator<void> {
  const event = new Event();
  const finder = new RecordFinder(log);
  let work = 0;
  for (let position = from; position < to; position += finder.size) {
    finder.find(position);
    const { block, start } = finder;
    switch (typeAt(block, start)) {
      case RecordType.batch:
        break;
      case RecordType.segment: {
        const header = readSegmentHeader(block) as SegmentHeader;
        if (header.version === 1) into.apply(identifiersBelow(header.nextId), position);
        break;
      }
      default:
        readEvent(block, start, event);
        into.apply(event, position);
        work += workOf(event) - 1;
    }
    if (++work < SLICE) continue;
    work = 0;
    yield;
  }
}

/** Finds one record after the other. */
class RecordFinder {
  readonly #log: Followed;
  #window: SegmentWindow | undefined;
  /** Offset up to which nothing will be written any more that the window may have seen. */
  #limit = 0;
  /** The record that was found: where it is, and its bytes. */
  block!: Block;
  start = 0;
  size = 0;

  constructor(log: Followed) {
    this.#log = log;
  }

  find(position: Position): void {
    const { segments, cache } = this.#log;
    const segment = segments.at(position);
    if (segment === undefined) throw new TrimmedError(`the log is freed up to ${segments.oldest?.from}`);
    const block = cache.find(position, padded(1));
    if (block === undefined || block.isLoaded) this.#findInFile(segment, position - segment.from);
    else this.#foundAt(block, position - block.position, position === segment.from);
  }

  #findInFile(segment: Segment, offset: number): void {
    const { files, signature, writtenEnd } = this.#log;
    if (this.#window?.segment !== segment.number || offset >= this.#limit) {
      this.#limit = Math.min(segment.end, writtenEnd(segment.number));
      this.#window = files.window(segment.number, segment.from);
      this.#window.sign(signature);
    }
    const window = this.#window;
    const isThere = offset === 0 ? headerOf(files, window) !== undefined : window.find(offset);
    if (!isThere) throw damagedLog({ path: window.path, offset, what: 'records' });
    this.#foundAt(window.block, window.place(offset), offset === 0);
  }

  #foundAt(block: Block, start: number, isHeader: boolean): void {
    this.block = block;
    this.start = start;
    this.size = isHeader ? SEGMENT_HEADER_SIZE : recordSizeAt(block, start);
  }
}
