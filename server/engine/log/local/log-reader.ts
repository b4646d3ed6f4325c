import type { SegmentHeader } from '../codec/headers.ts';
import { MessageRecord } from '../codec/message-record.ts';
import { RecordType, typeAt } from '../codec/record.ts';
import { SEGMENT_HEADER_SIZE } from '../codec/sizes.ts';
import type { Events, Position } from '../log.ts';
import { FoundSegments } from './found-segments.ts';
import type { DamageKind, Reading, ReadingRules, SegmentFigures } from './reading.ts';
import type { SegmentFiles } from './segment-files.ts';
import {
  type BodyCheck,
  identifiersBelow,
  recordFrom,
  SegmentReader,
  syncedClaim,
  tornLength,
} from './segment-reader.ts';
import type { SegmentWindow } from './segment-window.ts';

/** Whoever loses power loses what was not synced; tokens told since then must not be given out a second time. */
export const ID_GAP = 2 ** 20;

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
  readonly #found: FoundSegments;
  readonly #segments: SegmentFigures[] = [];
  /** Where the next segment begins, at the earliest. */
  #position: Position = 0;
  #nextId: number;
  #tornBytes = 0;
  #newest = 0;
  #isClosed = false;

  constructor(files: SegmentFiles, into: Events, rules: ReadingRules) {
    this.#files = files;
    this.#into = into;
    this.#rules = rules;
    this.#found = new FoundSegments(files, rules.purpose === 'all');
    this.#nextId = this.#found.bounds?.nextId ?? 1;
  }

  *run(): Generator<void, Reading> {
    const { numbers, headers, first, last, bounds, boundsProblem, signature, spares } = this.#found;
    if (boundsProblem !== undefined) this.#boundsAreLost(boundsProblem);
    this.#position = this.#firstPosition(first);
    for (let number = first; number <= last; number++) {
      if (numbers.includes(number)) yield* this.#readSegment(number, number === last);
      else this.#isMissing(number);
    }
    if (bounds === undefined) this.#lookForLost(last, spares[0]);
    return {
      segments: this.#segments,
      spares: spares.map((number) => {
        return {
          number,
          path: this.#files.path(number),
          bytes: this.#files.sizeOf(number),
          hasHeader: headers.has(number),
        };
      }),
      nextId: this.#segments.length === 0 || this.#isClosed ? this.#nextId : this.#nextId + ID_GAP,
      tornBytes: this.#tornBytes,
      newest: this.#newest,
      signature,
      bounds,
      isClosed: this.#isClosed,
      version: headers.get(last)?.version ?? 0,
      capacity: headers.get(last)?.capacity ?? 0,
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
    if (this.#found.headers.get(last)?.capacity === 0) return;
    for (let number = last === 0 ? spare - 1 : last + 1; number < spare; number++) this.#isMissing(number);
  }

  /**
   * Where the log's first segment begins. Version 1 does not tell, so it follows from the first segment that does; where
   * none does the log begins at 0.
   */
  #firstPosition(first: number): Position {
    let before = 0;
    for (let number = first; ; number++) {
      const header = this.#found.headers.get(number);
      if (header === undefined) return 0;
      if (number > first) before += header.previousEnd;
      if (header.version > 1) return header.position - before;
    }
  }

  *#readSegment(number: number, isLast: boolean): Generator<void> {
    const { purpose, onLast } = this.#rules;
    if (isLast) onLast?.(number);
    const { headers, signature } = this.#found;
    const header = headers.get(number);
    // Positions are never used again, whatever became of the segment before.
    const position = Math.max(this.#position, header?.position ?? 0);
    const window = this.#files.window(number, position);
    if (signature !== undefined) window.sign(signature);
    this.#position = position;
    this.#rules.onSegment(number, position);
    this.#nextId = Math.max(this.#nextId, header?.nextId ?? 0);
    if (header?.version === 1) this.#into.apply(identifiersBelow(header.nextId), position);
    const stretch = this.#stretchOf(window, header, isLast);
    const bodies: BodyCheck = purpose === 'all' ? 'damage' : isLast ? 'end' : 'unread';
    const reader = new SegmentReader(window, this.#into, bodies);
    reader.synced = stretch.known;
    if (stretch.isCut) this.#rules.onCut?.(position + window.length);
    const at = yield* this.#readRecords(reader, window, stretch, bodies);
    if (stretch.isCut) this.#isCut(window, at, stretch);
    this.#position = position + Math.max(at, stretch.end ?? 0);
    this.#nextId = Math.max(this.#nextId, reader.highestId + 1);
    if (reader.newest > 0) this.#newest = reader.newest;
    if (isLast && purpose === 'start' && !this.#isClosed) this.#tornBytes = tornLength(window, at);
    const { records, latest } = reader;
    const earliest = latest === 0 ? 0 : reader.earliest;
    const { path, length: bytes } = window;
    this.#segments.push({ number, path, from: position, bytes, end: at, records, earliest, latest });
  }

  /** Where records are to be in a segment, by its follower or, for the last one, by what is on record. */
  #stretchOf(window: SegmentWindow, header: SegmentHeader | undefined, isLast: boolean): Stretch {
    const { segment: number, length } = window;
    const end = this.#found.endOf(number) ?? (isLast ? this.#closedEnd(window) : undefined);
    const known = Math.max(end ?? 0, this.#found.syncedOf(number));
    const isCut = Math.max(header?.capacity ?? 0, known) > length;
    // What is cut off is told as such.
    const limit = Math.min(end ?? length, isCut ? length : Number.POSITIVE_INFINITY);
    const from = header !== undefined ? SEGMENT_HEADER_SIZE : recordFrom(window, 0, limit);
    if (header === undefined && !(isCut && from === limit)) {
      const what = from === SEGMENT_HEADER_SIZE ? 'header' : 'records';
      const bytes = what === 'header' ? 0 : from < limit ? from : known;
      this.#damage(number, 0, from, what, bytes, from < limit || end !== undefined);
    }
    return { from, limit, end, known: Math.min(known, limit), wasSynced: known, isLast, isCut };
  }

  /**
   * Where the log was closed. Not where there is something behind that: then what is on record is older than the log, or the
   * server that wrote it still runs.
   */
  #closedEnd(window: SegmentWindow): number | undefined {
    const end = this.#found.closedEndOf(window.segment);
    if (end === undefined || this.#rules.purpose === 'running' || window.find(end)) return undefined;
    this.#isClosed = true;
    return end;
  }

  /** Where the records end that can be read, damage between them or not. */
  *#readRecords(
    reader: SegmentReader,
    window: SegmentWindow,
    { from, limit, end, isLast, isCut }: Stretch,
    bodies: BodyCheck,
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
      const known = next < limit ? next : Math.max(reader.synced, end ?? 0);
      // A body is damaged, and nothing else.
      const isWhole = message !== undefined && (next === at + message.size || known <= at);
      if (!isWhole) {
        if (known <= at || (isCut && next === limit)) break;
        this.#damage(window.segment, at, known, 'records', known - at, next < limit || end !== undefined);
      }
      at = yield* reader.run(limit, isWhole ? at + message.size : known);
    }
    if (end !== undefined && at > end) this.#damage(window.segment, end, at, 'records', 0, true);
    return at;
  }

  /** The file of a segment is not there. */
  #isMissing(number: number): void {
    const end = this.#found.endOf(number) ?? this.#found.closedEndOf(number);
    const bytes = Math.max(0, (end ?? this.#found.syncedOf(number)) - SEGMENT_HEADER_SIZE);
    this.#damage(number, 0, 0, 'file', bytes, end !== undefined);
    this.#position += end ?? 0;
  }

  /** A segment is shorter than it was. */
  #isCut({ segment, length }: SegmentWindow, at: number, { end, wasSynced }: Stretch): void {
    const capacity = this.#found.headers.get(segment)?.capacity ?? wasSynced;
    this.#damage(
      segment,
      length,
      capacity,
      'cut',
      Math.max(0, wasSynced - Math.min(at, length)),
      end !== undefined,
    );
  }

  #boundsAreLost(what: 'file' | 'bounds'): void {
    const { path } = this.#files.bounds;
    this.#rules.onDamage({ segment: 0, path, position: 0, offset: 0, end: 0, bytes: 0, isAll: true, what });
  }

  #damage(
    segment: number,
    offset: number,
    end: number,
    what: DamageKind,
    bytes: number,
    isAll: boolean,
  ): void {
    const position = this.#position + offset;
    const path = this.#files.path(segment);
    this.#rules.onDamage({ segment, path, position, offset, end, bytes, isAll, what });
  }
}

/** Where records are to be in a segment: offsets. */
interface Stretch {
  readonly from: number;
  readonly limit: number;
  /** Where they end, if that is known. */
  readonly end: number | undefined;
  /** Up to where they were known to be on the disk; what the file still has of that. */
  readonly wasSynced: number;
  readonly known: number;
  readonly isLast: boolean;
  /** The file is shorter than it was. */
  readonly isCut: boolean;
}

/** Whether the disk is known to have had more than what comes before `at`. */
function isClaimed(window: SegmentWindow, at: number, { synced }: SegmentReader): boolean {
  return Math.max(synced, syncedClaim(window, at)) > at;
}

/** The message record at `offset`, its header whole; valid until the window moves. */
function messageAt(window: SegmentWindow, offset: number): MessageRecord | undefined {
  if (!window.find(offset) || typeAt(window.block, window.start) !== RecordType.message) return undefined;
  return new MessageRecord().at(window.block, window.start);
}
