import type { Completion, JobStatus, QueueName } from '../api.ts';
import type { Core } from '../core.ts';
import type { MessageReader } from '../log/codec/message-record.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { at, MessageState } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { EXPIRED } from './lifecycle.ts';

const NO_RESULT: Buffer = Buffer.alloc(0);

/** Jobs by the ids that clients gave them. */
export class Jobs {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  status(name: QueueName, jobId: string, done: Completion<JobStatus | undefined>): void {
    const { state, recorder, stalled, journal, losses } = this.#core;
    if (!stalled.isEmpty && journal.roomProblem === undefined) {
      stalled.add(done, () => this.status(name, jobId, done));
      return;
    }
    const queue = state.queues.get(name);
    const slot = queue?.jobs?.get(jobId);
    if (queue === undefined || slot === undefined) {
      done.resolve(undefined);
      return;
    }
    const sequence = state.table.page(slot).sequence[at(slot)] as number;
    recorder.withRecord(
      slot,
      (record) => {
        const isLatest = queue.jobs?.get(jobId) === slot && recorder.isLast(slot, record);
        if (isLatest) done.resolve(this.#describe(queue, jobId, slot, record));
        else this.status(name, jobId, done);
      },
      (problem) => {
        if (losses.settle(slot, sequence, problem)) this.status(name, jobId, done);
        else done.reject(problem);
      },
    );
  }

  cancel(name: QueueName, jobId: string, done: Completion<boolean>): void {
    const isLive = (slot: number) =>
      this.#core.isWaiting(slot) || this.#stateOf(slot) === MessageState.reserved;
    this.#remove(name, jobId, isLive, done);
  }

  discardFailed(name: QueueName, jobId: string, done: Completion<boolean>): void {
    this.#remove(name, jobId, (slot) => this.#stateOf(slot) === MessageState.failed, done);
  }

  #remove(
    name: QueueName,
    jobId: string,
    isMeant: (slot: number) => boolean,
    done: Completion<boolean>,
  ): void {
    if (this.#core.refuses(done)) return;
    if (this.#core.isCrowded()) {
      this.#core.stallOrRefuse(done, () => this.#remove(name, jobId, isMeant, done));
      return;
    }
    const { state, journal } = this.#core;
    const slot = state.queues.get(name)?.jobs?.get(jobId);
    if (slot === undefined || !isMeant(slot)) {
      done.resolve(false);
      return;
    }
    const sequence = state.table.page(slot).sequence[at(slot)] as number;
    journal.appendCancel(slot, sequence);
    state.cancel(slot, sequence);
    journal.committer.whenSynced(done, true);
  }

  #stateOf(slot: number): number {
    return this.#core.state.table.page(slot).state[at(slot)] as number;
  }

  #describe(queue: Queue, jobId: string, slot: number, record: MessageReader): JobStatus {
    const { table, reservations } = this.#core.state;
    const page = table.page(slot);
    const i = at(slot);
    const state = page.state[i];
    const { heldBy, startedAt, ending, recurrence } = decodeAttributes(record.attributes);
    const reservation = reservations.of(slot);
    const isRunning = state === MessageState.reserved || state === MessageState.cancelled;
    const isWaiting = state === MessageState.ready || state === MessageState.delayed;
    // Though nobody has come upon it yet.
    const isExpired = isWaiting && this.#core.isExpired(slot);
    const isFailed =
      isExpired || state === MessageState.failed || (ending !== undefined && !ending.isComplete);
    return {
      queue: queue.name,
      jobId,
      id: Math.abs(page.sequence[i] as number),
      state: isRunning ? 'running' : isFailed ? 'failed' : ending !== undefined ? 'complete' : 'waiting',
      attempts: page.attempts[i] as number,
      priority: page.priority(i),
      enqueuedAt: record.enqueuedAt,
      dueAt: state === MessageState.delayed && !isExpired ? page.due(i) : 0,
      startedAt: isRunning ? reservation.since : startedAt,
      endedAt: isExpired ? page.expires(i) * 1000 : (ending?.endedAt ?? (isFailed ? record.time : 0)),
      error: isExpired ? EXPIRED.toString() : record.errorLength === 0 ? '' : record.error.toString('utf8'),
      heldBy: isRunning ? reservation.holder : heldBy,
      result:
        ending === undefined
          ? NO_RESULT
          : Buffer.from(record.block.bytes.subarray(record.bodyStart, record.bodyEnd)),
      progress: isRunning ? reservation.progress : '',
      everyMs: recurrence?.kind === 'every' ? recurrence.everyMs : 0,
      cron: recurrence?.kind === 'cron' ? recurrence.cron.pattern : '',
    };
  }
}
