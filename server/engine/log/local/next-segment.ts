import type { SegmentFiles } from './segment-files.ts';

/** How long after a failure to make a segment's file ready the next attempt comes. */
const RETRY_MS = 1000;

/** Sees to the file of the segment after the current one, one attempt at a time, and again after a failure. */
export class NextSegment {
  readonly #files: SegmentFiles;
  readonly #onChange: () => void;
  readonly #again: () => void;
  #attempt: Promise<void> | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  /** Space may have come since the attempt began. */
  #isHurried = false;
  /** Why the file cannot be made ready at the moment; it is tried again before long. */
  problem: Error | undefined;

  /** `onChange` is called when it is ready or known why not; `again` when it is time for another attempt. */
  constructor(files: SegmentFiles, onChange: () => void, again: () => void) {
    this.#files = files;
    this.#onChange = onChange;
    this.#again = again;
  }

  /** Makes the file of a segment ready, `least` bytes of it, unless an attempt is under way or waits for its time. */
  prepare(segment: number, least: number): void {
    if (this.#attempt !== undefined || this.#retryTimer !== undefined) return;
    this.#attempt = this.#prepare(segment, least).then(() => {
      this.#attempt = undefined;
      this.#onChange();
    });
  }

  async #prepare(segment: number, least: number): Promise<void> {
    do {
      this.#isHurried = false;
      try {
        await this.#files.prepare(segment, least);
        this.problem = undefined;
        return;
      } catch (error) {
        this.problem = error as Error;
      }
    } while (this.#isHurried);
    this.#retryTimer = setTimeout(() => this.hurry(), RETRY_MS);
  }

  get isBusy(): boolean {
    return this.#attempt !== undefined;
  }

  /** Space may have come: an attempt that waits for its time need not; one that fails now is made again. */
  hurry(): void {
    this.#isHurried = true;
    if (this.#retryTimer === undefined) return;
    this.cancel();
    this.#again();
  }

  /** Resolves when no attempt is under way. */
  async settled(): Promise<void> {
    await this.#attempt;
  }

  /** Plans no further attempt. */
  cancel(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }
}
