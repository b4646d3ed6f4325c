import type { JobStatus, QueueName } from '../api.ts';
import type { Completion } from '../completion.ts';
import { type Foundation, isExpired, isWaiting } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { NO_BYTES } from '../state/events.ts';
import { idOf, MessageState, row } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import type { Corrupt } from './corrupt.ts';
import { EXPIRED } from './lifecycle.ts';

/** Jobs by the ids that clients gave them. */
export class Jobs {
  readonly #base: Foundation;
  readonly #corrupt: Corrupt;

  constructor(base: Foundation, corrupt: Corrupt) {
    this.#base = base;
    this.#corrupt = corrupt;
  }

  status(name: QueueName, jobId: string, done: Completion<JobStatus | undefined>): void {
    const { state, ledger, records, admission } = this.#base;
    if (admission.mustQueue) {
      admission.wait(done, () => this.status(name, jobId, done));
      return;
    }
    const queue = state.queues.get(name);
    const slot = queue === undefined ? undefined : state.slotOfJob(queue, jobId);
    if (queue === undefined || slot === undefined) {
      ledger.whenDurable(done, undefined);
      return;
    }
    const order = state.orderOf(slot);
    records.use(
      slot,
      (record) => {
        const isLatest =
          !queue.isDropped && state.slotOfJob(queue, jobId) === slot && records.isLast(slot, record);
        if (isLatest) ledger.whenDurable(done, this.#describe(queue, jobId, slot, record));
        else this.status(name, jobId, done);
      },
      (problem) => this.#corrupt.settle(slot, order, problem, done, () => this.status(name, jobId, done)),
    );
  }

  cancel(name: QueueName, jobId: string, done: Completion<boolean>): void {
    const isLive = (slot: number) =>
      isWaiting(this.#base, slot) || this.#base.state.stateOf(slot) === MessageState.reserved;
    this.#remove(name, jobId, isLive, done);
  }

  discardFailed(name: QueueName, jobId: string, done: Completion<boolean>): void {
    const isFailed = (slot: number) => this.#base.state.stateOf(slot) === MessageState.failed;
    this.#remove(name, jobId, isFailed, done);
  }

  #remove(
    name: QueueName,
    jobId: string,
    isMeant: (slot: number) => boolean,
    done: Completion<boolean>,
  ): void {
    const { state, ledger, admission } = this.#base;
    if (admission.refuses(done)) return;
    if (admission.isCrowded()) {
      admission.waitOrRefuse(done, () => this.#remove(name, jobId, isMeant, done));
      return;
    }
    const queue = state.queues.get(name);
    const slot = queue === undefined ? undefined : state.slotOfJob(queue, jobId);
    const isThere = slot !== undefined && isMeant(slot);
    if (isThere) ledger.cancel(slot);
    ledger.whenDurable(done, isThere);
  }

  #describe(queue: Queue, jobId: string, slot: number, record: MessageRecord): JobStatus {
    const { state } = this.#base;
    const page = state.table.page(slot);
    const i = row(slot);
    const { heldBy, startedAt, end, recurrence, lastRun } = decodeAttributes(record.attributes);
    const lease = state.leases.of(slot);
    const isRunning = state.isHeld(slot);
    // Though nobody has come upon it yet.
    const isDead = state.waits(slot) && isExpired(this.#base, slot);
    const isFailed =
      isDead || page.state[i] === MessageState.failed || (end !== undefined && !end.isComplete);
    const isComplete = end?.isComplete === true;
    const error = isDead ? EXPIRED.toString() : record.errorLength === 0 ? '' : record.error.toString('utf8');
    return {
      queue: queue.name,
      jobId,
      id: idOf(page.order[i]),
      state: isRunning ? 'running' : isFailed ? 'failed' : isComplete ? 'complete' : 'waiting',
      attempts: page.attempts[i],
      priority: page.priority(i),
      enqueuedAt: record.enqueuedAt,
      dueAt: page.state[i] === MessageState.delayed && !isDead ? page.due(i) : 0,
      startedAt: isRunning ? lease.since : startedAt,
      endedAt: isDead ? state.expiresAt(slot) : (end?.endedAt ?? (isFailed ? record.time : 0)),
      error: isComplete ? '' : error,
      earlierError: isComplete ? error : '',
      heldBy: isRunning ? lease.holder : heldBy,
      result:
        end === undefined
          ? NO_BYTES
          : Buffer.from(record.block.bytes.subarray(record.bodyStart, record.bodyEnd)),
      progress: isRunning ? lease.progress : '',
      everyMs: recurrence?.kind === 'every' ? recurrence.everyMs : 0,
      cron: recurrence?.kind === 'cron' ? recurrence.cron.pattern : '',
      lastRun,
    };
  }
}
