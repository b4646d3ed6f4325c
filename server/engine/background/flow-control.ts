import type { Foundation } from '../foundation.ts';
import type { Rates } from '../operations/rates.ts';
import type { Policy } from '../policy.ts';
import { type FlowRules, NO_LIMITS } from '../state/flow.ts';
import type { Queue } from '../state/queue.ts';
import { turn } from '../turn.ts';

/** Queues that are told in one turn. */
const QUEUES_PER_TURN = 250;

/**
 * Tells queues what their policies say of how much of them may run: each when it is created, all of them before anything is
 * served, and one after the other when the policies are others. Until its turn comes a queue goes by what it was told before.
 */
export class FlowControl {
  readonly #base: Foundation;
  readonly #rates: Rates;
  readonly #settle: () => void;
  readonly #interned = new Map<string, FlowRules>();
  /** Which time the policies have changed: whoever tells of earlier ones is to end. */
  #version = 0;

  /** `settle` is called behind each part of it. */
  constructor(base: Foundation, rates: Rates, settle: () => void) {
    this.#base = base;
    this.#rates = rates;
    this.#settle = settle;
    base.ledger.onQueue = (queue) => this.#tell(queue, base.policies.of(queue), true);
  }

  /** Tells all that there are, before anything is served. */
  async start(): Promise<void> {
    for (let from: number | undefined = 0; from !== undefined; ) {
      from = this.#tellSome(from);
      if (from !== undefined) await turn();
    }
  }

  /** The policies are others from now on. */
  changed(): void {
    this.#goOn(0, ++this.#version);
  }

  stop(): void {
    this.#version++;
  }

  #goOn(from: number, version: number): void {
    if (version !== this.#version) return;
    const next = this.#tellSome(from);
    this.#settle();
    if (next !== undefined) setImmediate(() => this.#goOn(next, version));
  }

  /** The number to go on with; undefined at the end. */
  #tellSome(from: number): number | undefined {
    const { state, policies } = this.#base;
    const { queues, next } = state.queues.page(from, QUEUES_PER_TURN);
    // Most queues of very many are not in use, so what is asked here is not kept.
    for (const queue of queues) this.#tell(queue, policies.named(queue.name, undefined), false);
    return next;
  }

  #tell(queue: Queue, policy: Policy, isNew: boolean): void {
    const flow = this.#flowOf(policy);
    if (queue.flow !== flow) this.#base.ledger.setFlow(queue, flow);
    this.#rates.set(queue, policy.rate, isNew);
  }

  /** Queues to which the same applies share it. */
  #flowOf({ maxRunning, groupRunning, groupTurns, groupOrder }: Policy): FlowRules {
    const isFair = groupTurns === 'fair';
    const isStrict = groupOrder === 'strict';
    if (maxRunning === 0 && groupRunning === 1 && !isFair && isStrict) return NO_LIMITS;
    const key = `${maxRunning} ${groupRunning} ${groupTurns} ${groupOrder}`;
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    const most = maxRunning === 0 ? Number.POSITIVE_INFINITY : maxRunning;
    const flow = { maxRunning: most, groupRunning, isFair, isStrict };
    this.#interned.set(key, flow);
    return flow;
  }
}
