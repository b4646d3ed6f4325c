import type { Completion, QueueEngine, QueueName } from '../engine/engine.ts';

const IGNORED: Completion<unknown> = { resolve() {}, reject() {} };

/** The reads that one connection has open, one a queue; they go back when it ends. */
export class Reservations {
  readonly #engine: QueueEngine;
  readonly #open = new Map<QueueName, number>();

  constructor(engine: QueueEngine) {
    this.#engine = engine;
  }

  has(queue: QueueName): boolean {
    return this.#open.size > 0 && this.#open.has(queue);
  }

  hold(queue: QueueName, token: number): void {
    this.#open.set(queue, token);
  }

  /** The token of what is open on the queue, which is no longer the connection's afterwards; 0 for nothing. */
  take(queue: QueueName): number {
    const token = this.#open.get(queue) ?? 0;
    this.#open.delete(queue);
    return token;
  }

  /** Gives everything back. `counted` as in QueueEngine.release. */
  close(counted: boolean): void {
    for (const token of this.#open.values()) this.#engine.release(token, counted, IGNORED);
    this.#open.clear();
  }
}
