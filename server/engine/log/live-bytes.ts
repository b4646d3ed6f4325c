import { itself, upperBound } from '../upper-bound.ts';
import type { Position, Range } from './position.ts';

/**
 * Bytes of message records that still count, by the stretches of the log that are freed as a whole: what freeing one would
 * have to keep.
 */
export class LiveBytes {
  /** Where each stretch begins, ascending, and how much lives in it. */
  readonly #starts: Position[] = [0];
  readonly #bytes: number[] = [0];
  /** The stretch that was asked for last: nearly always it is the one that comes next. */
  #last = 0;
  total = 0;
  /** How many messages they are. */
  messages = 0;
  /** Of the largest record that there ever was. */
  largest = 0;

  /** A stretch begins at `position`, behind all others. */
  begin(position: Position): void {
    if (this.#starts.at(-1) === position) return;
    this.#starts.push(position);
    this.#bytes.push(0);
  }

  add(position: Position, size: number): void {
    this.#bytes[this.#indexOf(position)] += size;
    this.total += size;
    this.messages++;
    if (size > this.largest) this.largest = size;
  }

  remove(position: Position, size: number): void {
    this.#bytes[this.#indexOf(position)] -= size;
    this.total -= size;
    this.messages--;
  }

  /** How much lives in a stretch. */
  of({ from }: Range): number {
    return this.#bytes[this.#indexOf(from)];
  }

  /** The stretch up to `to`, the oldest, is gone; nothing in it counts any more. */
  forget({ to }: Range): void {
    while (this.#starts.length > 1 && this.#starts[1] <= to) {
      this.#starts.shift();
      this.#bytes.shift();
    }
    this.#last = 0;
  }

  /** All is gone, and the log may begin anew before what was there. */
  clear(): void {
    this.#starts.length = this.#bytes.length = 1;
    this.#starts[0] = this.#bytes[0] = 0;
    this.#last = 0;
    this.total = 0;
    this.messages = 0;
  }

  #indexOf(position: Position): number {
    const starts = this.#starts;
    const last = this.#last;
    if (starts[last] <= position && (last + 1 === starts.length || position < starts[last + 1])) return last;
    this.#last = Math.max(0, upperBound(starts, position, itself) - 1);
    return this.#last;
  }
}
