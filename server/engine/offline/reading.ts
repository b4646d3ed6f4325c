import { MAX_ERROR_LENGTH } from '../api.ts';
import { headerSizeAt, LEAST_HEADER } from '../log/codec/layout.ts';
import { MESSAGE_HEADER_SIZE, MessageReader } from '../log/codec/message-record.ts';
import { padded, RecordType, SEGMENT_HEADER_SIZE, type SegmentHeader, typeAt } from '../log/codec/record.ts';
import type { Signature } from '../log/codec/signature.ts';
import {
  hasContent,
  headerOf,
  ID_GAP,
  type Replay,
  SegmentReader,
  syncedClaim,
  tornLength,
} from '../log/local/recovery.ts';
import type { SegmentFiles } from '../log/local/segment-files.ts';
import type { SegmentWindow } from '../log/local/segment-window.ts';
import { MOST_ATTRIBUTES } from '../state/attributes.ts';
import { searchSignature } from './lost-signature.ts';

/** No record has a longer header. */
const LONGEST_HEADER = MESSAGE_HEADER_SIZE + MAX_ERROR_LENGTH + MOST_ATTRIBUTES;

/** A place where the journal is not what was written. */
export interface Damage {
  readonly segment: number;
  readonly path: string;
  /** What can be read goes on at `end`. */
  readonly offset: number;
  readonly end: number;
  readonly what: 'header' | 'records' | 'file';
}

export interface SegmentFigures {
  readonly number: number;
  readonly path: string;
  /** Of the file, and of the records in it. */
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
  /** As in `Recovered`. */
  readonly nextId: number;
  readonly tornBytes: number;
  readonly signature: Signature | undefined;
}

/**
 * How the end of the last segment is taken. `start`: as a start does, which leaves out what was not known to be on the
 * disk. `running`: a server is writing there. `all`: whatever can be read counts, and all bodies are looked at.
 */
export type Ending = 'start' | 'running' | 'all';

/**
 * Reads a whole journal as a start does, and goes on behind damage. `onDamage` is called between what is replayed
 * before a damage and what is replayed behind it.
 */
export function readAll(
  files: SegmentFiles,
  replay: Replay,
  onDamage: (damage: Damage) => void,
  ending: Ending,
): Reading {
  return new JournalReading(files, replay, onDamage, ending).run();
}

class JournalReading {
  readonly #files: SegmentFiles;
  readonly #replay: Replay;
  readonly #onDamage: (damage: Damage) => void;
  readonly #ending: Ending;
  readonly #headers = new Map<number, SegmentHeader>();
  readonly #segments: SegmentFigures[] = [];
  #signature: Signature | undefined;
  #nextId = 1;
  #tornBytes = 0;

  constructor(files: SegmentFiles, replay: Replay, onDamage: (damage: Damage) => void, ending: Ending) {
    this.#files = files;
    this.#replay = replay;
    this.#onDamage = onDamage;
    this.#ending = ending;
  }

  run(): Reading {
    const numbers = scanTwice(this.#files);
    for (const number of numbers) {
      const header = headerOf(this.#files, this.#files.window(number));
      if (header === undefined) continue;
      this.#headers.set(number, header);
      this.#nextId = Math.max(this.#nextId, header.nextId);
    }
    this.#signature = this.#findSignature(numbers);
    const last = this.#lastOf(numbers);
    const first = numbers[0] ?? 0;
    for (let number = first; number <= last; number++) {
      const path = this.#files.path(number);
      if (numbers.includes(number)) this.#readSegment(number, number === last);
      else this.#onDamage({ segment: number, path, offset: 0, end: 0, what: 'file' });
    }
    const spares = numbers.filter((number) => number > last);
    return {
      segments: this.#segments,
      spares: spares.map((number) => ({ path: this.#files.path(number), bytes: this.#files.sizeOf(number) })),
      nextId: this.#segments.length === 0 ? 1 : this.#nextId + ID_GAP,
      tornBytes: this.#tornBytes,
      signature: this.#signature,
    };
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
    return numbers.findLast((number) => number === last || this.#wasWritten(number)) ?? 0;
  }

  /** Whether a file without a header is a segment all the same. */
  #wasWritten(number: number): boolean {
    const window = this.#files.window(number);
    if (this.#signature === undefined) return hasContent(window);
    window.sign(this.#signature);
    if (this.#ending === 'all') return recordFrom(window, 0, window.length) < window.length;
    return syncedClaim(window, 0) > 0;
  }

  #readSegment(number: number, isLast: boolean): void {
    const path = this.#files.path(number);
    const window = this.#files.window(number);
    if (this.#signature !== undefined) window.sign(this.#signature);
    // Where its records end is known from its follower.
    const end = this.#headers.get(number + 1)?.previousEnd;
    const limit = end ?? window.length;
    const from = this.#headers.has(number) ? SEGMENT_HEADER_SIZE : recordFrom(window, 0, limit);
    if (!this.#headers.has(number)) {
      const what = from === SEGMENT_HEADER_SIZE ? 'header' : 'records';
      this.#onDamage({ segment: number, path, offset: 0, end: from, what });
    }
    const bodies = this.#ending === 'all' ? 'damage' : isLast ? 'end' : 'unread';
    const reader = new SegmentReader(window, this.#replay, bodies);
    let at = reader.run(limit, from);
    while (at < limit) {
      if (isLast && this.#ending === 'running') {
        // What is there once something behind it is known to be on the disk was written in between.
        const claim = syncedClaim(window, at);
        window.forget();
        at = reader.run(limit, at);
        if (at >= Math.max(claim, reader.synced)) break;
      }
      const message = bodies === 'damage' ? messageAt(window, at) : undefined;
      const next = recordFrom(window, at + 8, limit);
      const known = next < limit ? next : isLast ? reader.synced : (end ?? 0);
      // A body is damaged, and nothing else.
      const isWhole = message !== undefined && (next === at + message.size || known <= at);
      if (!isWhole) {
        if (known <= at || (isLast && this.#ending === 'start' && !isClaimed(window, at, reader))) break;
        this.#onDamage({ segment: number, path, offset: at, end: known, what: 'records' });
      }
      at = reader.run(limit, isWhole ? at + message.size : known);
    }
    this.#nextId = Math.max(this.#nextId, reader.highestId + 1);
    if (isLast && this.#ending === 'start') this.#tornBytes = tornLength(window, at);
    const { records, latest } = reader;
    const earliest = latest === 0 ? 0 : reader.earliest;
    this.#segments.push({ number, path, bytes: window.length, end: at, records, earliest, latest });
  }
}

/** Whether the disk is known to have had more than what comes before `at`. */
function isClaimed(window: SegmentWindow, at: number, { synced }: SegmentReader): boolean {
  return Math.max(synced, syncedClaim(window, at)) > at;
}

/** Numbers of the segments. A listing may miss a file that is made meanwhile, and have one that is made later. */
function scanTwice(files: SegmentFiles): number[] {
  const numbers = files.scan();
  const isComplete = numbers.every((number, i) => i === 0 || number === (numbers[i - 1] as number) + 1);
  return isComplete ? numbers : files.scan();
}

/** The message record at `offset`, its header whole; valid until the window moves. */
function messageAt(window: SegmentWindow, offset: number): MessageReader | undefined {
  if (!window.find(offset) || typeAt(window.block, window.start) !== RecordType.message) return undefined;
  return new MessageReader().at(window.block, window.start);
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
