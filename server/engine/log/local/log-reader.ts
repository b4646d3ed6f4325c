import type { SegmentHeader } from '../codec/headers.ts';
import { headerSizeAt, LEAST_HEADER } from '../codec/layout.ts';
import { MessageRecord } from '../codec/message-record.ts';
import { RecordType, typeAt } from '../codec/record.ts';
import type { Signature } from '../codec/signature.ts';
import { MESSAGE_HEADER_SIZE, padded, SEGMENT_HEADER_SIZE } from '../codec/sizes.ts';
import type { Events, Position } from '../log.ts';
import { searchSignature } from './lost-signature.ts';
import type { SegmentFiles } from './segment-files.ts';
import {
  type BodyCheck,
  hasContent,
  headerOf,
  identifiersBelow,
  SegmentReader,
  syncedClaim,
  tornLength,
} from './segment-reader.ts';
import type { SegmentWindow } from './segment-window.ts';

/** No record has a longer header: errors and attributes are cut to 4 KiB each. */
const LONGEST_HEADER = MESSAGE_HEADER_SIZE + 4096 + 4096;

/** Whoever loses power loses what was not synced; tokens told since then must not be given out a second time. */
export const ID_GAP = 2 ** 20;

/** A place where the log is not what was written. */
export interface Damage {
  readonly segment: number;
  readonly path: string;
  /** Of its beginning, in the whole log. */
  readonly position: Position;
  /** What can be read goes on at `end`. */
  readonly offset: number;
  readonly end: number;
  readonly what: 'header' | 'records' | 'file' | 'cut';
}

export interface SegmentFigures {
  readonly number: number;
  readonly path: string;
  /** Where it begins in the whole log. */
  readonly from: Position;
  /** Bytes of the file, and of the records in it. */
  readonly bytes: number;
  readonly end: number;
  readonly records: number;
  /** When the first and the last of its messages were enqueued, milliseconds since the epoch; 0 where it has none. */
  readonly earliest: number;
  readonly latest: number;
}

export interface Reading {
  readonly segments: readonly SegmentFigures[];
  /** Files that are ready to become a segment. */
  readonly spares: readonly { readonly path: string; readonly bytes: number }[];
  /** Ids and tokens below this may be in use, or were. */
  readonly nextId: number;
  /** Bytes behind the last segment's end that had been written but never acknowledged, and are left out. */
  readonly tornBytes: number;
  /** Engine time of the newest batch, milliseconds since the epoch; 0: not known. */
  readonly newest: number;
  /** Undefined when there was no log. */
  readonly signature: Signature | undefined;
}

/**
 * What a log is read for, which says how the end of the last segment is taken. `start`: what was not known to be on the
 * disk is left out. `running`: a server is writing there. `all`: whatever can be read counts, and all bodies are
 * looked at.
 */
export type Purpose = 'start' | 'running' | 'all';

export interface ReadingRules {
  readonly purpose: Purpose;
  /** Called between what is told before a damage and what is told behind it, if it does not throw. */
  onDamage(damage: Damage): void;
  /** Called before a segment's events are told. */
  onSegment(number: number, from: Position): void;
  /** Called before the last segment is read. */
  onLast?(number: number): void;
}

/**
 * Reads a whole log: tells its events in order. Bodies are passed over, but in the last segment or for `all`. Only
 * behind the last place that is known to have been synced may anything be missing, and that was never acknowledged: all
 * else is damage. Yields now and then.
 */
export function readLog(files: SegmentFiles, into: Events, rules: ReadingRules): Generator<void, Reading> {
  return new LogReader(files, into, rules).run();
}

class LogReader {
  readonly #files: SegmentFiles;
  readonly #into: Events;
  readonly #rules: ReadingRules;
  readonly #headers = new Map<number, SegmentHeader>();
  readonly #segments: SegmentFigures[] = [];
  #signature: Signature | undefined;
  /** Where the next segment begins, at the earliest. */
  #position: Position = 0;
  #nextId = 1;
  #tornBytes = 0;
  #newest = 0;

  constructor(files: SegmentFiles, into: Events, rules: ReadingRules) {
    this.#files = files;
    this.#into = into;
    this.#rules = rules;
  }

  *run(): Generator<void, Reading> {
    const numbers = scanTwice(this.#files);
    this.#readHeaders(numbers);
    this.#signature = this.#findSignature(numbers);
    const last = this.#lastOf(numbers);
    // What had none may have been begun meanwhile, where a server is writing.
    this.#readHeaders(numbers.filter((number) => number <= last && !this.#headers.has(number)));
    const first = numbers[0] ?? 1;
    this.#position = this.#firstPosition(first);
    for (let number = first; number <= last; number++) {
      if (numbers.includes(number)) yield* this.#readSegment(number, number === last);
      else this.#damage(number, 0, 0, 'file');
    }
    const spares = numbers.filter((number) => number > last);
    this.#lookForLost(last, spares[0]);
    return {
      segments: this.#segments,
      spares: spares.map((number) => ({ path: this.#files.path(number), bytes: this.#files.sizeOf(number) })),
      nextId: this.#segments.length === 0 ? 1 : this.#nextId + ID_GAP,
      tornBytes: this.#tornBytes,
      newest: this.#newest,
      signature: this.#signature,
    };
  }

  /**
   * Files have numbers without a gap, whatever becomes of them: a log begins with 1, what is freed becomes the last spare, and
   * of the spares the last one goes first. So where there is a gap behind the last segment, that was not the last. While a
   * server is writing, a list of the files may be of no single moment.
   */
  #lookForLost(last: number, spare: number | undefined): void {
    if (spare === undefined || spare === last + 1 || this.#rules.purpose === 'running') return;
    // Versions that did not tell it left gaps.
    if (this.#headers.get(last)?.capacity === 0) return;
    for (let number = last === 0 ? spare - 1 : last + 1; number < spare; number++) {
      this.#damage(number, 0, 0, 'file');
    }
  }

  #readHeaders(numbers: readonly number[]): void {
    for (const number of numbers) {
      const header = headerOf(this.#files, this.#files.window(number));
      if (header === undefined) continue;
      this.#headers.set(number, header);
      this.#nextId = Math.max(this.#nextId, header.nextId);
    }
  }

  #findSignature(numbers: readonly number[]): Signature | undefined {
    for (const { signature } of this.#headers.values()) return signature;
    for (const number of numbers) {
      const signature = searchSignature(this.#files.window(number));
      if (signature !== undefined) return signature;
    }
    return undefined;
  }

  /** The highest number of a segment; behind it there are spares. */
  #lastOf(numbers: readonly number[]): number {
    const last = Math.max(0, ...this.#headers.keys());
    return numbers.findLast((number) => number === last || this.#wasWritten(number, numbers[0])) ?? 0;
  }

  /** Whether a file without a header is a segment all the same. */
  #wasWritten(number: number, first: number | undefined): boolean {
    const window = this.#files.window(number);
    // Where no header is left at all, the first file is no spare once there is anything in it.
    if (this.#headers.size === 0 && number === first && hasContent(window)) return true;
    if (this.#signature === undefined) return hasContent(window);
    window.sign(this.#signature);
    if (this.#rules.purpose === 'all') return recordFrom(window, 0, window.length) < window.length;
    return syncedClaim(window, 0) > 0;
  }

  /**
   * Where the log's first segment begins. Version 1 does not tell, so it follows from the first segment that does; where
   * none does the log begins at 0.
   */
  #firstPosition(first: number): Position {
    let before = 0;
    for (let number = first; ; number++) {
      const header = this.#headers.get(number);
      if (header === undefined) return 0;
      if (number > first) before += header.previousEnd;
      if (header.version > 1) return header.position - before;
    }
  }

  *#readSegment(number: number, isLast: boolean): Generator<void> {
    const { purpose, onLast } = this.#rules;
    if (isLast) onLast?.(number);
    const header = this.#headers.get(number);
    // Positions are never used again, whatever became of the segment before.
    const position = Math.max(this.#position, header?.position ?? 0);
    const window = this.#files.window(number, position);
    if (this.#signature !== undefined) window.sign(this.#signature);
    this.#position = position;
    this.#rules.onSegment(number, position);
    if (header?.version === 1) this.#into.apply(identifiersBelow(header.nextId), position);
    // Where its records end is known from its follower.
    const end = this.#headers.get(number + 1)?.previousEnd;
    const limit = end ?? window.length;
    const from = header !== undefined ? SEGMENT_HEADER_SIZE : recordFrom(window, 0, limit);
    if (header === undefined)
      this.#damage(number, 0, from, from === SEGMENT_HEADER_SIZE ? 'header' : 'records');
    const bodies: BodyCheck = purpose === 'all' ? 'damage' : isLast ? 'end' : 'unread';
    const reader = new SegmentReader(window, this.#into, bodies);
    const at = yield* this.#readRecords(reader, window, from, limit, isLast, bodies, end);
    // Where its records ended is not known from a follower, so that all that is missing may have been acknowledged.
    if (isLast && header !== undefined && header.capacity > window.length)
      this.#damage(number, window.length, header.capacity, 'cut');
    this.#position = position + Math.max(at, end ?? 0);
    this.#nextId = Math.max(this.#nextId, reader.highestId + 1);
    this.#newest = Math.max(this.#newest, reader.newest);
    if (isLast && purpose === 'start') this.#tornBytes = tornLength(window, at);
    const { records, latest } = reader;
    const earliest = latest === 0 ? 0 : reader.earliest;
    const { path, length: bytes } = window;
    this.#segments.push({ number, path, from: position, bytes, end: at, records, earliest, latest });
  }

  /** Where the records end that can be read, damage between them or not. `end`: where they ended once, if that is known. */
  *#readRecords(
    reader: SegmentReader,
    window: SegmentWindow,
    from: number,
    limit: number,
    isLast: boolean,
    bodies: BodyCheck,
    end: number | undefined,
  ): Generator<void, number> {
    const { purpose } = this.#rules;
    let at = yield* reader.run(limit, from);
    while (at < limit) {
      if (isLast && purpose === 'running') {
        // What is there once something behind it is known to be on the disk was written in between.
        const claim = syncedClaim(window, at);
        window.forget();
        at = yield* reader.run(limit, at);
        if (at >= Math.max(claim, reader.synced)) break;
      }
      if (isLast && purpose === 'start' && !isClaimed(window, at, reader)) break;
      const message = bodies === 'damage' ? messageAt(window, at) : undefined;
      const next = recordFrom(window, at + 8, limit);
      const known = next < limit ? next : isLast ? reader.synced : (end ?? 0);
      // A body is damaged, and nothing else.
      const isWhole = message !== undefined && (next === at + message.size || known <= at);
      if (!isWhole) {
        if (known <= at) break;
        this.#damage(window.segment, at, known, 'records');
      }
      at = yield* reader.run(limit, isWhole ? at + message.size : known);
    }
    if (end !== undefined && at > end) this.#damage(window.segment, end, at, 'records');
    return at;
  }

  #damage(segment: number, offset: number, end: number, what: Damage['what']): void {
    const position = this.#position + offset;
    this.#rules.onDamage({ segment, path: this.#files.path(segment), position, offset, end, what });
  }
}

/** Whether the disk is known to have had more than what comes before `at`. */
function isClaimed(window: SegmentWindow, at: number, { synced }: SegmentReader): boolean {
  return Math.max(synced, syncedClaim(window, at)) > at;
}

/** Numbers of the segments. A listing may miss a file that is made meanwhile, and have one that is made later. */
function scanTwice(files: SegmentFiles): number[] {
  const numbers = files.scan();
  const isComplete = numbers.every((number, i) => i === 0 || number === numbers[i - 1] + 1);
  return isComplete ? numbers : files.scan();
}

/** The message record at `offset`, its header whole; valid until the window moves. */
function messageAt(window: SegmentWindow, offset: number): MessageRecord | undefined {
  if (!window.find(offset) || typeAt(window.block, window.start) !== RecordType.message) return undefined;
  return new MessageRecord().at(window.block, window.start);
}

/** Where the first record is at or behind `from` whose header is whole; `limit` where there is none before that. */
function recordFrom(window: SegmentWindow, from: number, limit: number): number {
  const end = Math.min(limit, window.length);
  for (let at = padded(from); at < end; at += 8) {
    const start = window.locate(at, LEAST_HEADER);
    // Else a body could be made that takes for ever to look through.
    if (headerSizeAt(window.block, start) > LONGEST_HEADER) continue;
    if (window.find(at)) return at;
  }
  return limit;
}
