import { turn } from '../turn.ts';

/** A part of what takes long, milliseconds. */
export const SLICE_MS = 1;

/** Parts long work, so that others have their turns. */
export class Slices {
  readonly #ms: number;
  #end: number;

  constructor(ms = SLICE_MS) {
    this.#ms = ms;
    this.#end = performance.now() + ms;
  }

  /** Whether it is for others to have their turn. */
  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  async next(): Promise<void> {
    await turn();
    this.#end = performance.now() + this.#ms;
  }
}
