import { QueueFullError } from '../../../shared/errors.ts';
import type { Completion, QueueName } from '../api.ts';
import type { Core } from '../core.ts';
import {
  ALL_QUEUES,
  BATCH_HEADER_SIZE,
  DONE_SIZE,
  QUEUE_OPERATION_SIZE,
  queueSize,
  RESERVE_SIZE,
  RecordType,
  SHARE_OF_HEADERS,
  UNNAME_SIZE,
} from '../log/codec/record.ts';
import { at, MessageState } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';

/** What happens to a whole queue: one record each, however much is in it. */
export class Operations {
  readonly #core: Core;
  readonly #maxQueues: number;
  readonly #onDropped: (name: QueueName) => void;

  constructor(core: Core, maxQueues: number, onDropped: (name: QueueName) => void) {
    this.#core = core;
    this.#maxQueues = maxQueues;
    this.#onDropped = onDropped;
  }

  purge(name: QueueName | undefined, done: Completion<void>): void {
    const { state } = this.#core;
    const runs = this.#currentRuns(name);
    const size = QUEUE_OPERATION_SIZE + runs.length * (RESERVE_SIZE + SHARE_OF_HEADERS);
    if (this.#hasToWait(size, done, () => this.purge(name, done))) return;
    const queue = name === undefined ? undefined : state.queues.get(name);
    if (name !== undefined && (queue === undefined || queue.waitingCount === 0)) {
      done.resolve();
      return;
    }
    let left = runs.length + 1;
    let problem: Error | undefined;
    const resolve = () => {
      if (--left > 0) return;
      if (problem !== undefined) done.reject(problem);
      else if (!this.#core.refuses(done)) this.#core.journal.committer.whenSynced(done, undefined);
    };
    const reject = (error: Error) => {
      problem = error;
      resolve();
    };
    // A job that repeats stays, and only its current run ends. First what there is room for.
    const tokens = runs.map((slot) => this.#core.setAside(slot));
    this.#record(RecordType.purge, queue?.number ?? ALL_QUEUES);
    for (const token of tokens) this.#core.outcomes.skipRun(token, { resolve, reject });
    resolve();
  }

  drop(name: QueueName, done: Completion<boolean>): void {
    if (this.#hasToWait(QUEUE_OPERATION_SIZE, done, () => this.drop(name, done))) return;
    const queue = this.#core.state.queues.get(name);
    if (queue === undefined) {
      done.resolve(false);
      return;
    }
    this.#record(RecordType.drop, queue.number);
    this.#core.journal.committer.whenSynced(done, true);
    this.#onDropped(name);
  }

  pause(name: QueueName, done: Completion<void>): void {
    const queue = this.#open(name, done, () => this.pause(name, done));
    if (queue === undefined) return;
    if (!queue.isPaused) this.#record(RecordType.pause, queue.number);
    this.#core.journal.committer.whenSynced(done, undefined);
  }

  resume(name: QueueName, done: Completion<boolean>): void {
    if (this.#hasToWait(QUEUE_OPERATION_SIZE, done, () => this.resume(name, done))) return;
    const queue = this.#core.state.queues.get(name);
    if (queue === undefined || !queue.isPaused) {
      done.resolve(false);
      return;
    }
    this.#record(RecordType.resume, queue.number);
    this.#core.journal.committer.whenSynced(done, true);
    this.#core.deliveries.serve(queue);
  }

  move(from: QueueName, to: QueueName, done: Completion<number>): void {
    const source = this.#core.state.queues.get(from);
    const count = source === undefined || from === to ? 0 : this.#movable(source);
    if (source === undefined || count === 0) {
      if (!this.#core.refuses(done)) done.resolve(0);
      return;
    }
    const { ended, renamed } = this.#takenIds(source, this.#core.state.queues.get(to));
    const recordsSize = ended.length * DONE_SIZE + renamed.length * UNNAME_SIZE;
    const target = this.#open(
      to,
      done,
      () => this.move(from, to, done),
      recordsSize + (ended.length + renamed.length) * SHARE_OF_HEADERS,
    );
    if (target === undefined) return;
    for (const slot of ended) this.#core.endings.remove(slot);
    for (const slot of renamed) this.#unname(slot);
    this.#record(RecordType.move, source.number, target.number);
    this.#core.journal.committer.whenSynced(done, count);
    this.#core.deliveries.serve(target);
  }

  /** Runs of repeating jobs that wait, in one queue or in all. */
  #currentRuns(name: QueueName | undefined): number[] {
    const { state } = this.#core;
    return [...state.repeating.keys()].filter((slot) => {
      if (name !== undefined && state.queueOf(slot).name !== name) return false;
      const page = state.table.page(slot);
      if (page.state[at(slot)] === MessageState.ready) return true;
      // It waits for its backoff, not for its next time.
      return page.state[at(slot)] === MessageState.delayed && (page.attempts[at(slot)] as number) > 0;
    });
  }

  /** How much of what waits in a queue can move: what is scheduled stays where the configuration says. */
  #movable(queue: Queue): number {
    let count = queue.waitingCount;
    for (const [slot, { recurrence }] of this.#core.state.repeating) {
      if (recurrence.kind === 'cron' && this.#core.state.queueOf(slot) === queue && this.#isWaiting(slot))
        count--;
    }
    return count;
  }

  #isWaiting(slot: number): boolean {
    const state = this.#core.state.table.page(slot).state[at(slot)];
    return state === MessageState.ready || state === MessageState.delayed;
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
    const { repeating, table } = this.#core.state;
    for (const [jobId, slot] of jobs) {
      const other = taken.get(jobId);
      if (other === undefined || !this.#isWaiting(slot)) continue;
      if (repeating.get(slot)?.recurrence.kind === 'cron') continue;
      if (table.page(other).state[at(other)] === MessageState.finished) ended.push(other);
      else renamed.push(slot);
    }
    return { ended, renamed };
  }

  /**
   * On record, other than what a move changes: whether an id was taken cannot be told from the target's messages
   * when the move is replayed, since they may have been written again further on.
   */
  #unname(slot: number): void {
    const { state, journal } = this.#core;
    const sequence = state.table.page(slot).sequence[at(slot)] as number;
    journal.appendUnname(slot, sequence);
    state.unname(slot, sequence);
  }

  /** The queue, which is created where there is none; undefined when it cannot be yet, or at all. */
  #open(name: QueueName, done: Completion<never>, again: () => void, more = 0): Queue | undefined {
    const { state } = this.#core;
    const size = more + QUEUE_OPERATION_SIZE + BATCH_HEADER_SIZE + queueSize(name.length);
    if (this.#hasToWait(size, done, again)) return undefined;
    const known = state.queues.get(name);
    if (known === undefined && state.queues.size >= this.#maxQueues) {
      done.reject(new QueueFullError(`there are ${this.#maxQueues} queues already`));
      return undefined;
    }
    return known ?? this.#core.openQueue(name);
  }

  #hasToWait(size: number, done: Completion<never>, again: () => void): boolean {
    if (this.#core.refuses(done)) return true;
    if (!this.#core.isCrowded(size)) return false;
    this.#core.stallOrRefuse(done, again);
    return true;
  }

  #record(type: number, queue: number, target = 0): void {
    const { state, journal } = this.#core;
    journal.appendQueueOperation(type, queue, target);
    switch (type) {
      case RecordType.purge:
        return state.purge(queue);
      case RecordType.drop:
        return state.drop(queue);
      case RecordType.pause:
        return state.pause(queue);
      case RecordType.resume:
        return state.resume(queue);
      case RecordType.move:
        return state.move(queue, target);
    }
  }
}
