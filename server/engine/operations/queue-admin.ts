import { QueueFullError } from '../../../shared/errors.ts';
import type { QueueName } from '../api.ts';
import type { Completion } from '../completion.ts';
import { COST_OF_ONE_AMONG_MANY, QUEUE_EVENT_COST, queueCost } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import type { Queue } from '../state/queue.ts';
import type { LongOperations } from './long-operations.ts';
import type { Runs } from './runs.ts';

/**
 * What happens to a whole queue: one event each, however much is in it. Jobs that repeat are kept by a purge, which ends
 * the runs of each of them.
 */
export class QueueAdmin {
  readonly #base: Foundation;
  readonly #runs: Runs;
  readonly #longOperations: LongOperations;
  readonly #maxQueues: number;

  constructor(base: Foundation, runs: Runs, longOperations: LongOperations, maxQueues: number) {
    this.#base = base;
    this.#runs = runs;
    this.#longOperations = longOperations;
    this.#maxQueues = maxQueues;
  }

  /** False when what comes behind it has to wait for the answer. */
  purge(name: QueueName | undefined, done: Completion<void>): boolean {
    const { state, ledger, admission } = this.#base;
    const queues = name === undefined ? undefined : [name];
    if (this.#longOperations.defers(queues, done, () => this.purge(name, done))) return false;
    const runs = this.#runs.waiting(name);
    const cost = QUEUE_EVENT_COST + runs.length * COST_OF_ONE_AMONG_MANY;
    if (this.#hasToWait(cost, done, () => this.purge(name, done))) return false;
    const queue = name === undefined ? undefined : state.queues.get(name);
    queue?.use();
    if (name !== undefined && (queue === undefined || queue.waitingCount === 0)) {
      ledger.whenDurable(done, undefined);
      return true;
    }
    let left = runs.length + 1;
    let problem: Error | undefined;
    const resolve = () => {
      if (--left > 0) return;
      if (problem !== undefined) done.reject(problem);
      else if (!admission.refuses(done)) ledger.whenDurable(done, undefined);
    };
    const reject = (error: Error) => {
      problem = error;
      resolve();
    };
    // A job that repeats stays, and only its current run ends. First what there is space for.
    const tokens = runs.map((slot) => ledger.setAside(slot));
    ledger.purge(queue);
    for (const token of tokens) this.#runs.skip(token, { resolve, reject });
    resolve();
    return true;
  }

  /** `onDropped` is called when there was such a queue. The answer is as of a purge. */
  drop(name: QueueName, done: Completion<boolean>, onDropped: () => void): boolean {
    const { state, ledger } = this.#base;
    if (this.#longOperations.defers([name], done, () => this.drop(name, done, onDropped))) return false;
    if (this.#hasToWait(QUEUE_EVENT_COST, done, () => this.drop(name, done, onDropped))) return false;
    const queue = state.queues.get(name);
    if (queue !== undefined) ledger.drop(queue);
    ledger.whenDurable(done, queue !== undefined);
    if (queue !== undefined) onDropped();
    return true;
  }

  /** The queue is created where there is none. */
  pause(name: QueueName, done: Completion<void>): void {
    const { ledger } = this.#base;
    const queue = this.#open(name, done, () => this.pause(name, done));
    if (queue === undefined) return;
    if (!queue.isPaused) ledger.pause(queue);
    ledger.whenDurable(done, undefined);
  }

  resume(name: QueueName, done: Completion<boolean>): void {
    const { state, ledger } = this.#base;
    if (this.#hasToWait(QUEUE_EVENT_COST, done, () => this.resume(name, done))) return;
    const queue = state.queues.get(name);
    const wasPaused = queue?.isPaused ?? false;
    queue?.use();
    if (queue !== undefined && wasPaused) ledger.resume(queue);
    ledger.whenDurable(done, wasPaused);
  }

  /** The queue, which is created where there is none; undefined when it cannot be yet, or at all. */
  #open(name: QueueName, done: Completion<never>, again: () => void): Queue | undefined {
    const { state, ledger } = this.#base;
    if (this.#hasToWait(QUEUE_EVENT_COST + queueCost(name.length), done, again)) return undefined;
    const known = state.queues.get(name);
    if (known === undefined && state.queues.size >= this.#maxQueues) {
      done.reject(new QueueFullError(`there are ${this.#maxQueues} queues already`));
      return undefined;
    }
    known?.use();
    return known ?? ledger.openQueue(name);
  }

  #hasToWait(cost: number, done: Completion<never>, again: () => void): boolean {
    const { admission } = this.#base;
    if (admission.refuses(done)) return true;
    if (!admission.isCrowded(cost)) return false;
    admission.waitOrRefuse(done, again);
    return true;
  }
}
