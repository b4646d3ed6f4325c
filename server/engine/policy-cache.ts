import type { QueueName } from './api.ts';
import type { Policy } from './policy.ts';
import type { Queue } from './state/queue.ts';

/** The policies of queues, each asked for once. */
export class PolicyCache {
  readonly #ask: (name: QueueName) => Policy;
  /** By the queues' numbers, which are used again. */
  #known: { readonly queue: Queue; readonly policy: Policy }[] = [];

  constructor(ask: (name: QueueName) => Policy) {
    this.#ask = ask;
  }

  of(queue: Queue): Policy {
    const known = this.#known[queue.number];
    if (known?.queue === queue) return known.policy;
    const policy = this.#ask(queue.name);
    this.#known[queue.number] = { queue, policy };
    return policy;
  }

  /** Of a queue that may not be there. */
  named(name: QueueName, queue: Queue | undefined): Policy {
    return queue === undefined ? this.#ask(name) : this.of(queue);
  }

  /** The policies are others from now on. */
  forget(): void {
    this.#known = [];
  }
}
