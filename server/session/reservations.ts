import type { Completion, QueueEngine, QueueName } from '../engine/engine.ts';

const IGNORED: Completion<unknown> = { resolve() {}, reject() {} };

interface Reservation {
  readonly token: number;
  /** When its lease is over (performance.now()); Infinity for an open read. */
  readonly endsAt: number;
}

/** What one connection has open, one message a queue: reads, and leases whose token it was not told. */
export class Reservations {
  readonly #engine: QueueEngine;
  readonly #open = new Map<QueueName, Reservation>();

  constructor(engine: QueueEngine) {
    this.#engine = engine;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  queues(): Iterable<QueueName> {
    return this.#open.keys();
  }

  has(queue: QueueName): boolean {
    return this.token(queue) !== 0;
  }

  hasLease(queue: QueueName): boolean {
    return this.has(queue) && this.#open.get(queue)?.endsAt !== Number.POSITIVE_INFINITY;
  }

  /** `leaseMs`: how long a lease lasts from now on; Infinity for an open read. */
  hold(queue: QueueName, token: number, leaseMs: number): void {
    this.#open.set(queue, { token, endsAt: performance.now() + leaseMs });
  }

  /** The token of what is open on the queue; 0 for nothing. */
  token(queue: QueueName): number {
    if (this.#open.size === 0) return 0;
    const open = this.#open.get(queue);
    if (open === undefined) return 0;
    if (open.endsAt > performance.now()) return open.token;
    this.#open.delete(queue);
    return 0;
  }

  /** The same, and it is no longer the connection's. */
  take(queue: QueueName): number {
    const token = this.token(queue);
    this.#open.delete(queue);
    return token;
  }

  /** Gives everything back. `counted` as in QueueEngine.release. */
  close(counted: boolean): void {
    for (const { token } of this.#open.values()) this.#engine.release(token, counted, IGNORED);
    this.#open.clear();
  }
}
