import { setTimeout as delay } from 'node:timers/promises';

/** Where a scene is played: a server's port for memcache clients, and its HTTP side. */
export interface Stage {
  readonly port: number;
  readonly url: string;
}

/** What pages are looked at with: how its server is configured, and what is put into it. */
export interface Scene {
  readonly args?: readonly string[];
  readonly config?: string;
  /** Resolves when all of it is in place. */
  readonly play: (stage: Stage) => Promise<Play>;
}

/** Between two ticks of a scene that goes on by itself, milliseconds. */
export const TICK_MS = 250;

interface Parts {
  readonly tick?: () => Promise<void>;
  readonly stop?: () => Promise<void> | void;
}

/** A scene that is in place. */
export class Play {
  readonly #parts: Parts;
  readonly #stopped = new AbortController();
  #running = Promise.resolve();

  constructor(parts: Parts = {}) {
    this.#parts = parts;
  }

  /** Something happens, as much as in a quarter of a second. */
  async tick(): Promise<void> {
    await this.#parts.tick?.();
  }

  /** It goes on by itself from now on. */
  run(): void {
    this.#running = this.#goOn();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    await this.#parts.stop?.();
  }

  async #goOn(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.tick();
      await delay(TICK_MS, undefined, { signal }).catch(() => {});
    }
  }
}
