import type { CancelledLease, JobStatus, QueueName } from '../api.ts';
import { type Completion, IGNORED } from '../completion.ts';
import { type Foundation, isExpired, isScheduled, isWaiting } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { Count } from '../state/counters.ts';
import { NO_BYTES } from '../state/events.ts';
import { idOf, MessageState, row } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import type { Corrupt } from './corrupt.ts';
import type { HeldMessages } from './held-messages.ts';
import { EXPIRED, type Lifecycle } from './lifecycle.ts';
import { whyMessageHeld } from './queue-stats.ts';

/** How long the holder of an open read has to give up a job that was cancelled, milliseconds. */
const OPEN_READ_MS = 60_000;

/** What messages are to those who know them as jobs; all others wait. */
const JOB_STATES: ReadonlyMap<number, JobStatus['state']> = new Map([
  [MessageState.reserved, 'running'],
  [MessageState.failed, 'failed'],
  [MessageState.cancelled, 'cancelled'],
]);
const NOT_REPEATING = { recurrence: undefined, lastRun: undefined, isDisabled: false };

/** Jobs by the ids that clients gave them. */
export class Jobs {
  readonly #base: Foundation;
  readonly #lifecycle: Lifecycle;
  readonly #held: HeldMessages;
  readonly #corrupt: Corrupt;
  readonly #onCancelled: (lease: CancelledLease) => void;

  /** `onCancelled` is called with what is cancelled while it is held, once that is durable. */
  constructor(
    base: Foundation,
    lifecycle: Lifecycle,
    held: HeldMessages,
    corrupt: Corrupt,
    onCancelled: (lease: CancelledLease) => void = () => {},
  ) {
    this.#base = base;
    this.#lifecycle = lifecycle;
    this.#held = held;
    this.#corrupt = corrupt;
    this.#onCancelled = onCancelled;
  }

  status(name: QueueName, jobId: string, done: Completion<JobStatus | undefined>): void {
    const { state, ledger, admission } = this.#base;
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
    const isStill = () => !queue.isDropped && state.slotOfJob(queue, jobId) === slot;
    this.statusOf(slot, jobId, done, isStill, () => this.status(name, jobId, done));
  }

  /** What is known of the message in a slot; done `again` where that is not so any more once its record is there. */
  statusOf(
    slot: number,
    jobId: string,
    done: Completion<JobStatus>,
    isStill: () => boolean,
    again: () => void,
  ): void {
    const { state, ledger, records } = this.#base;
    const order = state.orderOf(slot);
    records.use(
      slot,
      (record) => {
        if (isStill() && records.isLast(slot, record))
          ledger.whenDurable(done, this.describe(state.queueOf(slot), jobId, slot, record));
        else again();
      },
      (problem) => this.#corrupt.settle(slot, order, problem, done, again),
    );
  }

  cancel(name: QueueName, jobId: string, done: Completion<boolean>): void {
    const slot = this.#find(
      name,
      jobId,
      (each) => this.isLive(each),
      done,
      () => this.cancel(name, jobId, done),
    );
    if (slot !== undefined) this.cancelMessage(slot, done);
  }

  /** Cancels a message that is live, whether it has an id or not. There has to be space. */
  cancelMessage(slot: number, done: Completion<boolean>): void {
    const { state, ledger, clock } = this.#base;
    const queue = state.queueOf(slot);
    queue.count(Count.cancelled);
    if (!state.isHeld(slot)) {
      this.#cancelWaiting(slot);
      ledger.whenDurable(done, true);
      return;
    }
    const { token, holder, deadline, isAttempt } = state.leases.of(slot);
    const until = deadline || clock() + (isAttempt ? OPEN_READ_MS : 0);
    const jobId = state.jobIdOf(slot) ?? '';
    ledger.cancelHeld(slot, clock(), until);
    const lease = { queue: queue.name, jobId, token, holder, deadline: until };
    ledger.whenDurable(this.#telling(lease, done), true);
  }

  discardFailed(name: QueueName, jobId: string, done: Completion<boolean>): void {
    const isFailed = (slot: number) => this.#base.state.stateOf(slot) === MessageState.failed;
    const again = () => this.discardFailed(name, jobId, done);
    const slot = this.#find(name, jobId, isFailed, done, again);
    if (slot === undefined) return;
    this.#base.ledger.cancel(slot);
    this.#base.ledger.whenDurable(done, true);
  }

  /** The slot of the job, if it is as it is meant to be; undefined when it is not, or when it is tried `again` later. */
  #find(
    name: QueueName,
    jobId: string,
    isMeant: (slot: number) => boolean,
    done: Completion<boolean>,
    again: () => void,
  ): number | undefined {
    const { state, ledger, admission } = this.#base;
    if (admission.refuses(done)) return undefined;
    if (admission.isCrowded()) {
      admission.waitOrRefuse(done, again);
      return undefined;
    }
    const queue = state.queues.get(name);
    const slot = queue === undefined ? undefined : state.slotOfJob(queue, jobId);
    if (slot !== undefined && isMeant(slot)) return slot;
    ledger.whenDurable(done, false);
    return undefined;
  }

  /** Whether there is something to cancel: what is scheduled is not live between two runs. */
  isLive(slot: number): boolean {
    const { state } = this.#base;
    if (state.stateOf(slot) === MessageState.reserved) return true;
    if (!isWaiting(this.#base, slot)) return false;
    return (
      !isScheduled(this.#base, slot) ||
      state.stateOf(slot) === MessageState.ready ||
      state.attemptsOf(slot) > 0
    );
  }

  /** Its end needs its record, which may come from the disk later: until then it is held by nobody. */
  #cancelWaiting(slot: number): void {
    const { ledger, records, admission, clock } = this.#base;
    if (!this.#lifecycle.cancelNeedsRecord(slot)) {
      ledger.cancel(slot);
      return;
    }
    const record = records.find(slot);
    if (record !== undefined && admission.hasSpace(this.#lifecycle.cost(slot))) {
      this.#lifecycle.cancel(slot, record, clock());
      return;
    }
    // Where a crash is faster its deadline has passed.
    const token = ledger.cancelHeld(slot, clock(), clock());
    this.#held.endCancelled(token, slot, IGNORED);
  }

  #telling(lease: CancelledLease, done: Completion<boolean>): Completion<boolean> {
    return {
      resolve: (isCancelled) => {
        this.#onCancelled(lease);
        done.resolve(isCancelled);
      },
      reject: (error) => done.reject(error),
    };
  }

  /** What the record of a message and the state say of it. */
  describe(queue: Queue, jobId: string, slot: number, record: MessageRecord): JobStatus {
    const { state } = this.#base;
    const page = state.table.page(slot);
    const i = row(slot);
    const messageState = state.stateOf(slot);
    const { heldBy, startedAt, end } = decodeAttributes(record.attributes);
    const ended = messageState === MessageState.ended ? end : undefined;
    // What has lost its id does not repeat any more, though its record says so.
    const { recurrence, lastRun, isDisabled } = state.repeating.get(slot) ?? NOT_REPEATING;
    const group = state.groupOf(slot);
    const lease = state.leases.of(slot);
    // Not what is held for a moment until its record is there, to be over then: it was cancelled, has expired, or is discarded.
    const isHeld = lease.isAttempt;
    const isReserved = messageState === MessageState.reserved;
    const waits = state.waits(slot) || (isReserved && !isHeld);
    // Though nobody has come upon it yet.
    const isDead = waits && isExpired(this.#base, slot);
    const known = waits ? 'waiting' : (ended?.state ?? JOB_STATES.get(messageState) ?? 'waiting');
    const jobState = isDead ? 'failed' : known;
    const isComplete = jobState === 'complete';
    const failedAt = jobState === 'failed' ? record.time : 0;
    const error = isDead ? EXPIRED.toString() : record.errorLength === 0 ? '' : record.error.toString('utf8');
    return {
      queue: queue.name,
      jobId,
      id: idOf(page.order[i]),
      state: jobState,
      attempts: page.attempts[i],
      priority: page.priority(i),
      enqueuedAt: record.enqueuedAt,
      dueAt: messageState === MessageState.delayed && !isDead ? page.due(i) : 0,
      startedAt: isHeld ? lease.since : startedAt,
      endedAt: isDead ? state.expiresAt(slot) : ended?.endedAt || lease.cancelledAt || failedAt,
      error: isComplete ? '' : error,
      earlierError: isComplete ? error : '',
      heldBy: isHeld ? lease.holder : heldBy,
      result:
        ended === undefined
          ? NO_BYTES
          : Buffer.from(record.block.bytes.subarray(record.bodyStart, record.bodyEnd)),
      progress: isReserved ? lease.progress : '',
      everyMs: recurrence?.kind === 'every' ? recurrence.everyMs : 0,
      maxAttempts: state.maxAttemptsOf(slot),
      backoff: state.backoffOf(slot),
      cron: recurrence?.kind === 'cron' ? recurrence.cron.pattern : '',
      lastRun,
      isDisabled,
      group: group ?? '',
      heldBack: page.state[i] === MessageState.ready && !isDead ? whyMessageHeld(queue, group) : undefined,
    };
  }
}
