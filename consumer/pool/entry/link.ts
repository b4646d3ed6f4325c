import { setTimeout as pause } from 'node:timers/promises';
import type { MemqError } from '../../../shared/errors.ts';

/** The first pause before another attempt, and the longest; milliseconds. */
const FIRST_MS = 100;
const LONGEST_MS = 5000;

export interface LinkListener {
  /** The server knows us. */
  works(): void;
  lost(message: string): void;
  back(): void;
}

/**
 * The way from this process to its server, which all of its lanes share: when it is lost this is said once, and once
 * when it is back; the pauses between the attempts grow.
 */
export class Link {
  readonly #listener: LinkListener;
  #isLost = false;
  #attempts = 0;
  /** How often it has come back. */
  #returns = 0;
  #pause: Promise<void> | undefined;

  constructor(listener: LinkListener) {
    this.#listener = listener;
  }

  /** A mark of the time between two losses, for `lost` and `retry`. */
  get era(): number {
    return this.#returns;
  }

  /** The server has answered. */
  works(): void {
    this.#listener.works();
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#attempts = 0;
    this.#returns++;
    this.#listener.back();
  }

  /** A connection of that `era` is gone. */
  lost(error: MemqError, era: number): void {
    if (this.#isLost || era !== this.#returns) return;
    this.#isLost = true;
    this.#listener.lost(error.message);
  }

  /**
   * For a connection of that `era` that is gone: resolves when it is time for another attempt, or at once when
   * `signal` aborts, or when others have come back since.
   */
  async retry(error: MemqError, era: number, signal: AbortSignal): Promise<void> {
    if (era !== this.#returns) return;
    this.lost(error, era);
    // Lanes that lose the same server pause together.
    this.#pause ??= this.#wait(signal);
    await this.#pause;
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#attempts++);
    // At least half of it, so that nobody comes before the others have heard which jobs still run.
    await pause(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    this.#pause = undefined;
  }
}
