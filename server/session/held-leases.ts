import { IGNORED, type QueueEngine, type QueueName } from '../engine/api.ts';

const NONE: QueueName[] = [];

interface HeldLease {
  readonly token: number;
  readonly isOpenRead: boolean;
}

/** What one connection holds, one message a queue: open reads, and leases whose token it was not told. */
export class HeldLeases {
  readonly #engine: QueueEngine;
  readonly #open = new Map<QueueName, HeldLease>();

  constructor(engine: QueueEngine) {
    this.#engine = engine;
  }

  get isEmpty(): boolean {
    return this.queues().length === 0;
  }

  queues(): QueueName[] {
    if (this.#open.size === 0) return NONE;
    return [...this.#open.keys()].filter((queue) => this.has(queue));
  }

  /** Whether a read or a lease is under way on the queue. An open read is until the client ends it. */
  has(queue: QueueName): boolean {
    const open = this.#open.get(queue);
    return open !== undefined && (open.isOpenRead || this.#engine.isHeld(open.token));
  }

  /** Also when it is over: whoever ends it late means the lease, not the queue. */
  hasLease(queue: QueueName): boolean {
    const open = this.#open.get(queue);
    return open !== undefined && !open.isOpenRead;
  }

  hold(queue: QueueName, token: number, isOpenRead: boolean): void {
    this.#open.set(queue, { token, isOpenRead });
  }

  /** The token of what was opened last on the queue, for the engine to say whether it still holds; 0 for nothing. */
  token(queue: QueueName): number {
    return this.#open.get(queue)?.token ?? 0;
  }

  /** The same, and it is no longer the connection's. */
  take(queue: QueueName): number {
    const token = this.token(queue);
    this.#open.delete(queue);
    return token;
  }

  /**
   * Gives everything back, since the client is gone, or the server goes down. Then what a read has open stays so until
   * all connections have ended: no reader that is still there may run it beside who holds it.
   */
  close(isStopping: boolean): void {
    for (const { token, isOpenRead } of this.#open.values()) {
      if (isStopping && isOpenRead) continue;
      this.#engine.release(token, isStopping ? 'stop' : 'death', IGNORED);
    }
    this.#open.clear();
  }
}
