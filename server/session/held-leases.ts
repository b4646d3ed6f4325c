import { IGNORED, type QueueEngine, type QueueName } from '../engine/api.ts';

const NONE: QueueName[] = [];

export interface HeldLease {
  readonly queue: QueueName;
  readonly token: number;
  readonly isOpenRead: boolean;
}

/** What one connection holds, one message a queue: open reads, and leases whose token it was not told. */
export class HeldLeases {
  readonly #engine: QueueEngine;
  readonly #open = new Map<QueueName, HeldLease>();
  #isClosed = false;

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
    if (this.#open.size === 0) return false;
    const open = this.#open.get(queue);
    return open !== undefined && (open.isOpenRead || this.#engine.isHeld(open.token));
  }

  /** Also when it is over: whoever ends it late means the lease, not the queue. */
  hasLease(queue: QueueName): boolean {
    const open = this.#open.get(queue);
    return open !== undefined && !open.isOpenRead;
  }

  hold(queue: QueueName, token: number, isOpenRead: boolean): void {
    this.#open.set(queue, { queue, token, isOpenRead });
  }

  /** The token of what was opened last on the queue, for the engine to say whether it still holds; 0 for nothing. */
  token(queue: QueueName): number {
    return this.#open.get(queue)?.token ?? 0;
  }

  /** What was opened last on the queue, which is no longer the connection's; undefined for nothing. */
  take(queue: QueueName): HeldLease | undefined {
    const held = this.#open.get(queue);
    if (held !== undefined) this.#open.delete(queue);
    return held;
  }

  /** It was taken to be ended, and was not: it is the connection's again. */
  restore(held: HeldLease): void {
    if (this.#isClosed) this.#engine.release(held.token, 'death', IGNORED);
    else if (!this.#open.has(held.queue)) this.#open.set(held.queue, held);
  }

  /**
   * Gives everything back, since the client is gone, or the server goes down. Then what a read has open stays so until
   * all connections have ended: no reader that is still there may run it beside who holds it.
   */
  close(isStopping: boolean): void {
    this.#isClosed = true;
    for (const { token, isOpenRead } of this.#open.values()) {
      if (isStopping && isOpenRead) continue;
      this.#engine.release(token, isStopping ? 'stop' : 'death', IGNORED);
    }
    this.#open.clear();
  }
}
