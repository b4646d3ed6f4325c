import { QueueFullError } from '../../../shared/errors.ts';
import type { QueueName } from '../api.ts';
import type { Completion } from '../completion.ts';
import { COST_OF_ONE_AMONG_MANY, QUEUE_EVENT_COST, queueCost } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import { MessageState } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import type { Runs } from './runs.ts';

/** What happens to a whole queue: one event each, however much is in it. */
export class QueueAdmin {
  readonly #base: Foundation;
  readonly #runs: Runs;
  readonly #maxQueues: number;

  constructor(base: Foundation, runs: Runs, maxQueues: number) {
    this.#base = base;
    this.#runs = runs;
    this.#maxQueues = maxQueues;
  }

  purge(name: QueueName | undefined, done: Completion<void>): void {
    const { state, ledger, admission } = this.#base;
    const runs = this.#runs.waiting(name);
    const cost = QUEUE_EVENT_COST + runs.length * COST_OF_ONE_AMONG_MANY;
    if (this.#hasToWait(cost, done, () => this.purge(name, done))) return;
    const queue = name === undefined ? undefined : state.queues.get(name);
    queue?.use();
    if (name !== undefined && (queue === undefined || queue.waitingCount === 0)) {
      ledger.whenDurable(done, undefined);
      return;
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
  }

  /** `onDropped` is called when there was such a queue. */
  drop(name: QueueName, done: Completion<boolean>, onDropped: () => void): void {
    const { state, ledger } = this.#base;
    if (this.#hasToWait(QUEUE_EVENT_COST, done, () => this.drop(name, done, onDropped))) return;
    const queue = state.queues.get(name);
    if (queue !== undefined) ledger.drop(queue);
    ledger.whenDurable(done, queue !== undefined);
    if (queue !== undefined) onDropped();
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

  move(from: QueueName, to: QueueName, done: Completion<number>): void {
    const { state, ledger, admission } = this.#base;
    const source = state.queues.get(from);
    const count = source === undefined || from === to ? 0 : this.#movable(source);
    if (source === undefined || count === 0) {
      if (admission.refuses(done)) return;
      if (admission.mustQueue) admission.wait(done, () => this.move(from, to, done));
      else ledger.whenDurable(done, 0);
      return;
    }
    source.use();
    const { ended, renamed } = this.#takenIds(source, state.queues.get(to));
    const cost = (ended.length + renamed.length) * COST_OF_ONE_AMONG_MANY;
    const target = this.#open(to, done, () => this.move(from, to, done), cost);
    if (target === undefined) return;
    for (const slot of ended) ledger.done(slot);
    for (const slot of renamed) ledger.unname(slot);
    ledger.move(source, target);
    ledger.whenDurable(done, count);
  }

  /** How much of what waits in a queue can move: what is scheduled stays where the configuration says. */
  #movable(queue: Queue): number {
    const { state } = this.#base;
    let count = queue.waitingCount;
    for (const [slot, { recurrence }] of state.repeating) {
      if (recurrence.kind === 'cron' && state.queueOf(slot) === queue && state.waits(slot)) count--;
    }
    return count;
  }

  /**
   * Where a job that is to move has the id of one over there: that one, of which only the status is left, or else the
   * one that is to move, which cannot keep its id.
   */
  #takenIds(source: Queue, target: Queue | undefined): { ended: number[]; renamed: number[] } {
    const ended: number[] = [];
    const renamed: number[] = [];
    const { jobs } = source;
    const taken = target?.jobs;
    if (jobs === undefined || taken === undefined) return { ended, renamed };
    const { state } = this.#base;
    for (const [jobId, slot] of jobs) {
      const other = taken.get(jobId);
      if (other === undefined || !state.waits(slot)) continue;
      if (state.repeating.get(slot)?.recurrence.kind === 'cron') continue;
      if (state.stateOf(other) === MessageState.ended) ended.push(other);
      else renamed.push(slot);
    }
    return { ended, renamed };
  }

  /** The queue, which is created where there is none; undefined when it cannot be yet, or at all. */
  #open(name: QueueName, done: Completion<never>, again: () => void, more = 0): Queue | undefined {
    const { state, ledger } = this.#base;
    if (this.#hasToWait(more + QUEUE_EVENT_COST + queueCost(name.length), done, again)) return undefined;
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
