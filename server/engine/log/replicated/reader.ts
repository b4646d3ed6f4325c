import { DamagedError } from '../../../../shared/errors.ts';
import { Event } from '../../state/events.ts';
import { Block } from '../codec/block.ts';
import { readEvent } from '../codec/event-record.ts';
import { inSlices, SLICE, workOf } from '../in-slices.ts';
import type { LiveBytes } from '../live-bytes.ts';
import { type Events, type Position, TrimmedError } from '../log.ts';
import type { SegmentList } from '../segment-list.ts';
import { LostRecordsError } from './cluster-log.ts';
import type { Frontier } from './frontier.ts';
import type { Batch, Contents, Row } from './log-database.ts';
import type { Records } from './records.ts';
import type { Session } from './session.ts';
import { wholeSizeAt } from './whole-records.ts';

/** Batches that are read at once, at most; fewer come where they are large. */
const MOST_BATCHES = 512;

export interface ReaderOptions {
  readonly session: Session;
  readonly frontier: Frontier;
  readonly records: Records;
  readonly segments: SegmentList;
  readonly live: LiveBytes;
}

/** A part of a block that holds a batch. */
interface Stretch {
  readonly block: Block;
  readonly start: number;
  readonly end: number;
}

/** Reads batches from the database and tells their events. What is new to this server stays in memory, as far as there is room. */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #event = new Event();

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /**
   * Tells what is there from a position on, or from the oldest. `endOf` says up to where, by the row that is read first. Rejects
   * with TrimmedError and LostRecordsError, after which it may be called for the oldest again; with UnknownEventError; with
   * DamagedError where the database does not have all that its row says.
   */
  async tell(into: Events, from: Position | undefined, endOf: (row: Row) => Position): Promise<Position> {
    const { row } = await this.#read(0, 0);
    const end = endOf(row);
    if (from !== undefined && from > this.#options.frontier.position) throw trimmed(from);
    let position = from;
    while (position === undefined || position < end) {
      const { batches, row: now } = await this.#read(position ?? row.trimmed, MOST_BATCHES);
      // What was freed meanwhile may have ended behind the end, and what was lost may have the end itself.
      const isAnother = now.trimmed !== row.trimmed || now.position < end;
      if (position === undefined && isAnother) return this.tell(into, from, endOf);
      position ??= this.#begin(beginningOf(batches, now), now.position);
      if (position >= end) break;
      const stretches: Stretch[] = [];
      const start = position;
      for (const batch of batches) {
        if (batch.position !== position || position >= end) break;
        stretches.push(this.#keep(batch));
        position += batch.length;
      }
      if (position === start) {
        throw now.trimmed <= position && position < now.position ? missing(position, now) : trimmed(position);
      }
      await inSlices(this.#tellAll(into, stretches));
    }
    this.forget(row.trimmed);
    return position;
  }

  /** All before a position is freed. */
  forget(trimmed: Position): void {
    const { segments, records, live } = this.#options;
    while (segments.length > 1 && (segments.oldest?.to ?? 0) <= trimmed) {
      const oldest = segments.removeOldest();
      records.drop(oldest);
      live.forget(oldest);
    }
  }

  #read(from: Position, most: number): Promise<Contents> {
    return new Promise((resolve, reject) => {
      this.#options.session.read(from, most, (found) => {
        if (!(found instanceof Error)) {
          resolve(found);
          return;
        }
        if (found instanceof LostRecordsError || found instanceof TrimmedError) this.#beginAnew(0);
        reject(found);
      });
    });
  }

  /** Begins with the oldest batch that is there, at a position, of a log that goes up to `end`, known to be committed or not. */
  #begin(position: Position, end: Position): Position {
    const { frontier } = this.#options;
    if (frontier.position < position) this.#beginAnew(position);
    if (frontier.position < end) frontier.needed = end;
    return position;
  }

  /** What this server has is of no use. */
  #beginAnew(position: Position): void {
    const { frontier, segments, records, live } = this.#options;
    while (segments.length > 0) records.drop(segments.removeOldest());
    live.clear();
    frontier.beginAnew(position);
  }

  /** A batch as it is told; in memory where it is the next one that this server does not have yet. */
  #keep(batch: Batch): Stretch {
    const { frontier, segments, records, live } = this.#options;
    const { position, length, segment } = batch;
    if (position !== frontier.position) return stretchOf(batch, new Block(position, length));
    if (segments.newest?.number !== segment) {
      segments.add(segment, position);
      live.begin(position);
    }
    const stretch = stretchOf(batch, records.blockAt(position, length));
    frontier.pass(batch);
    records.committed(frontier.position);
    return stretch;
  }

  *#tellAll(into: Events, stretches: readonly Stretch[]): Generator<void> {
    const event = this.#event;
    let told = 0;
    for (const { block, start, end } of stretches) {
      for (let at = start; at < end; at += event.size) {
        readEvent(block, at, event);
        into.apply(event, block.position + at);
        told += workOf(event);
        if (told < SLICE) continue;
        told = 0;
        yield;
      }
    }
  }
}

/** Where the oldest batch begins, or the first one will: nothing else says that the rest of it is there. */
function beginningOf([oldest]: readonly Batch[], row: Row): Position {
  const isWhole =
    oldest === undefined
      ? row.position === row.trimmed
      : oldest.position === row.trimmed && row.trimmed < row.position;
  if (isWhole) return row.trimmed;
  throw missing(row.trimmed, row);
}

function missing(from: Position, { trimmed, position }: Row): DamagedError {
  return new DamagedError(
    `the log goes from ${trimmed} to ${position}, and what the database has of it does not: see the batch at ${from} ` +
      '(is it being restored, or was it in part?)',
  );
}

function trimmed(position: Position): TrimmedError {
  return new TrimmedError(`the log goes on behind ${position}, and what was there is freed`);
}

/** Copies a batch to the end of a block. Throws UnknownEventError, and then has copied nothing. */
function stretchOf({ bytes, length }: Batch, block: Block): Stretch {
  const start = block.used;
  const end = start + length;
  bytes.copy(block.bytes, start);
  block.used = end;
  try {
    for (let at = start, size: number | undefined; at < end; at += size) {
      size = wholeSizeAt(block, at);
      if (size === undefined)
        throw new DamagedError(`the batch at ${block.position + start} of the log is cut off`);
    }
  } catch (error) {
    block.used = start;
    throw error;
  }
  return { block, start, end };
}
