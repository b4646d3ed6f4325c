import type { Position } from '../../position.ts';
import type { Batch } from '../log-database.ts';

/** So many places are remembered: where appended is, and where some read. */
const MOST = 16;

/** In which segments a batch has to be looked for that begins at a position, so that it is not looked for in all of them. */
export class SegmentHints {
  /** Of batches that were read or appended lately: where they begin and end. */
  readonly #segments = new Map<Position, number>();

  /** A batch is there, or will be. */
  note({ position, length, segment }: Batch): void {
    this.#set(position, segment);
    this.#set(position + length, segment);
  }

  #set(position: Position, segment: number): void {
    this.#segments.delete(position);
    this.#segments.set(position, segment);
    if (this.#segments.size > MOST) this.#segments.delete(this.#segments.keys().next().value!);
  }

  /** What begins at the end of a batch is in the same segment or in the next one; undefined: nobody knows. */
  at(position: Position): number | undefined {
    return this.#segments.get(position);
  }
}
