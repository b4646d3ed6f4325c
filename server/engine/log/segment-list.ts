import { upperBound } from '../upper-bound.ts';
import type { Position, Range } from './log.ts';

/** A segment of the log: a file, and the stretch of positions that its bytes have. */
export class Segment implements Range {
  readonly number: number;
  /** The position of its first byte. */
  readonly from: Position;
  /** Offset in the file where its records end, and the next segment's positions begin; Infinity while it is written. */
  end = Number.POSITIVE_INFINITY;

  constructor(number: number, from: Position) {
    this.number = number;
    this.from = from;
  }

  get to(): Position {
    return this.from + this.end;
  }

  has(position: Position): boolean {
    return position >= this.from && position < this.to;
  }
}

const fromOf = (segment: Segment): Position => segment.from;

/** The segments that are not freed, ascending: what tells where a position is. */
export class SegmentList {
  readonly #segments: Segment[] = [];
  /** The one that was asked for last. */
  #last: Segment | undefined;

  get length(): number {
    return this.#segments.length;
  }

  get oldest(): Segment | undefined {
    return this.#segments[0];
  }

  get newest(): Segment | undefined {
    return this.#segments.at(-1);
  }

  [Symbol.iterator](): Iterator<Segment> {
    return this.#segments[Symbol.iterator]();
  }

  /** A segment begins, behind all others: there the one before it ends. */
  add(number: number, from: Position): void {
    const { newest } = this;
    if (newest !== undefined) newest.end = from - newest.from;
    this.#segments.push(new Segment(number, from));
  }

  /** The newest one is written on, behind where its records end. */
  reopen(): Segment {
    const newest = this.newest as Segment;
    newest.end = Number.POSITIVE_INFINITY;
    return newest;
  }

  removeOldest(): Segment {
    const oldest = this.#segments.shift() as Segment;
    if (this.#last === oldest) this.#last = undefined;
    return oldest;
  }

  /** The segment that has a position; undefined for what is freed. */
  at(position: Position): Segment | undefined {
    if (this.#last?.has(position)) return this.#last;
    const found = this.#segments[upperBound(this.#segments, position, fromOf) - 1];
    this.#last = found;
    return found;
  }
}
