import { setImmediate as turn } from 'node:timers/promises';

/** How long one turn of the event loop may be busy, milliseconds. */
const SLICE_MS = 0.5;

/** Work that is done in many turns, so that others have theirs in between. */
export class Slice {
  #since = performance.now();

  /** Waits for the next turn where this one has been busy for long enough. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < SLICE_MS) return;
    await turn();
    this.#since = performance.now();
  }
}
