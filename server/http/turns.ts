/** How long one piece of work may go on before others have their turn, milliseconds. */
const SLICE_MS = 1;

/** Long work in slices: others of the event loop are not held up. */
export class Slices {
  #began = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#began >= SLICE_MS;
  }

  /** Others have their turn where this one has taken long enough. */
  async giveWay(): Promise<void> {
    if (!this.isOver) return;
    await new Promise(setImmediate);
    this.#began = performance.now();
  }
}
