// Runs in a child.
import { setTimeout as sleep } from 'node:timers/promises';
import type { MemqError } from '../../../shared/errors.ts';

/** The first pause before another attempt, and the longest; milliseconds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

interface ServerLinkListener {
  /** The server has answered. */
  answered(): void;
  /** The server cannot be reached. */
  lost(message: string): void;
  /** It can be reached again. */
  back(): void;
}

/**
 * Whether the child reaches its server, for all of its job loops together: a loss is reported once, and so is the
 * return; the pauses between the attempts grow.
 *
 * A connection belongs to a generation, which ends when the server is back after a loss. What a connection of an
 * earlier generation reports is ignored.
 */
export class ServerLink {
  readonly #listener: ServerLinkListener;
  #isLost = false;
  #attempts = 0;
  #generation = 0;
  #pause: Promise<void> | undefined;

  constructor(listener: ServerLinkListener) {
    this.#listener = listener;
  }

  /** That of a connection made now. */
  get generation(): number {
    return this.#generation;
  }

  /** The server has answered. */
  answered(): void {
    this.#listener.answered();
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#attempts = 0;
    this.#generation++;
    this.#listener.back();
  }

  /** A connection of that generation is gone. */
  lost(error: MemqError, generation: number): void {
    if (this.#isLost || generation !== this.#generation) return;
    this.#isLost = true;
    this.#listener.lost(error.message);
  }

  /**
   * For a connection of that generation that is gone: resolves when it is time for another attempt, or at once when
   * `signal` aborts, or when others have come back since.
   */
  async retry(error: MemqError, generation: number, signal: AbortSignal): Promise<void> {
    if (generation !== this.#generation) return;
    this.lost(error, generation);
    // Job loops that lose the same server pause together.
    this.#pause ??= this.#wait(signal);
    await this.#pause;
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#attempts++);
    // At least half of it, so that no child comes back before the others know which jobs still run.
    await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    this.#pause = undefined;
  }
}
