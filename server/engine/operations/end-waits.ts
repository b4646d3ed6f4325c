import type { EndRequest, JobStatus } from '../api.ts';
import type { Completion } from '../completion.ts';
import { type Foundation, isWaiting } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import { decodeAttributes } from '../state/attributes.ts';
import { idOf, MessageState, NONE } from '../state/message-table.ts';
import type { Jobs } from './jobs.ts';
import type { FullEnd } from './lifecycle.ts';

type Done = Completion<JobStatus | undefined>;

/** Who waits for the end of a job. It is what operations answer, since `done` may also be that of a read. */
class EndWait implements Done {
  readonly request: EndRequest;
  readonly done: Done;
  /** Is told that it was answered. */
  onAnswer: () => void = () => {};
  /** The message that had the id when it began; NONE before that. */
  slot: number = NONE;
  id = 0;
  /** Until when it waits, and when it looks again, engine time. */
  until = 0;
  wakesAt = 0;
  timer: NodeJS.Timeout | undefined;

  constructor(request: EndRequest, done: Done) {
    this.request = request;
    this.done = done;
  }

  resolve(status: JobStatus | undefined): void {
    this.done.resolve(status);
    this.onAnswer();
  }

  reject(error: Error): void {
    this.done.reject(error);
    this.onAnswer();
  }
}

/**
 * Waits for the ends of jobs. The lifecycle tells of an end before it is on record, so that nothing has to be kept for
 * those who wait. The state tells of all else that happens to a message: it may have lost its id, be gone or elsewhere.
 * What has been told is answered behind the operation that brought it about.
 */
export class EndWaits {
  readonly #base: Foundation;
  readonly #jobs: Jobs;
  readonly #catchUp: () => void;
  readonly #all = new Map<Completion<never>, EndWait>();
  readonly #bySlot = new Map<number, Set<EndWait>>();
  /** Those that are over, with how the job ended; undefined where what it is by now has to be looked up. */
  #over: { readonly wait: EndWait; readonly status: JobStatus | undefined }[] = [];

  /** `catchUp` does what is due by now: a wait that is over at that moment is over behind it. */
  constructor(base: Foundation, jobs: Jobs, catchUp: () => void) {
    this.#base = base;
    this.#jobs = jobs;
    this.#catchUp = catchUp;
  }

  begin(request: EndRequest, done: Done): void {
    const wait = new EndWait(request, done);
    this.#all.set(done, wait);
    this.#begin(wait);
  }

  /** Ends a wait, with what the job is by now; false where there is no such wait, or it is being answered already. */
  stopWaiting(done: Completion<never>): boolean {
    const wait = this.#take(done);
    if (wait !== undefined) this.#answer(wait);
    return wait !== undefined;
  }

  /** Ends a wait of which nobody is to be told; false as in `stopWaiting`. */
  abandon(done: Completion<never>): boolean {
    return this.#take(done) !== undefined;
  }

  /** Ends all waits, with what the jobs are by now; resolves when that was told. */
  async close(): Promise<void> {
    const waits = [...this.#all.values()];
    await Promise.all(waits.map((wait) => this.#close(wait)));
  }

  /** A job, or a run of it, is about to end so; undefined: its run is discarded. */
  ended(slot: number, record: MessageRecord, end: FullEnd | undefined): void {
    const waits = [...(this.#bySlot.get(slot) ?? [])].filter((wait) => this.#isThere(wait));
    const [first] = waits;
    if (first === undefined) return;
    const status = end && this.#describeEnd(slot, first.request.jobId, record, end);
    for (const wait of waits) this.#end(wait, status);
  }

  /** Looks at the jobs to which something has happened, and answers whose wait is over: the end of every operation. */
  drain(): void {
    for (const slot of this.#base.ledger.takeTold()) {
      for (const wait of [...(this.#bySlot.get(slot) ?? [])]) this.#look(wait);
    }
    if (this.#over.length === 0) return;
    const over = this.#over;
    this.#over = [];
    for (const { wait, status } of over) {
      if (status === undefined) this.#answer(wait);
      else this.#base.ledger.whenDurable(wait, status);
    }
  }

  #close(wait: EndWait): Promise<void> {
    return new Promise((resolve) => {
      wait.onAnswer = resolve;
      this.stopWaiting(wait.done);
    });
  }

  #begin(wait: EndWait): void {
    const { state, ledger, admission, clock } = this.#base;
    const { queue, jobId, waitMs } = wait.request;
    if (admission.mustQueue) {
      admission.wait(wait, () => this.#begin(wait));
      return;
    }
    const slot = this.#slotOf(wait);
    if (slot === undefined || !this.#isLive(slot) || waitMs === 0 || admission.isOver) {
      this.#all.delete(wait.done);
      this.#jobs.status(queue, jobId, wait);
      return;
    }
    wait.slot = slot;
    wait.id = idOf(state.orderOf(slot));
    wait.until = clock() + waitMs;
    const others = this.#bySlot.get(slot);
    if (others === undefined) this.#bySlot.set(slot, new Set([wait]));
    else others.add(wait);
    ledger.awaitEnd(slot, true);
    this.#setTimer(wait);
  }

  /** Its time is over, or there was one at which its job would expire. */
  #wake(wait: EndWait): void {
    wait.wakesAt = 0;
    this.#catchUp();
    if (!this.#all.has(wait.done)) return;
    if (wait.until <= this.#base.clock() && !this.#isDying(wait)) this.#end(wait, undefined);
    else this.#look(wait);
    this.drain();
  }

  #look(wait: EndWait): void {
    const { slot } = wait;
    const isSame = this.#isThere(wait) && this.#slotOf(wait) === slot;
    if (isSame && this.#isLive(slot)) this.#setTimer(wait);
    else if (isSame && this.#isDying(wait)) this.#tellDead(wait);
    else this.#end(wait, undefined);
  }

  /**
   * The job is over, though it is there still. It waits on until its record is there: where the job goes before that, nothing
   * of it may be kept, and `ended` tells.
   */
  #tellDead(wait: EndWait): void {
    const { slot } = wait;
    const told = {
      resolve: (status: JobStatus) => {
        if (this.#take(wait.done) !== undefined) wait.resolve(status);
      },
      reject: (error: Error) => {
        if (this.#take(wait.done) !== undefined) wait.reject(error);
      },
    };
    const isStill = () => this.#bySlot.get(slot)?.has(wait) === true && this.#isThere(wait);
    const again = () => {
      if (this.#bySlot.get(slot)?.has(wait) === true) this.#look(wait);
    };
    this.#jobs.statusOf(slot, wait.request.jobId, told, isStill, again);
  }

  #end(wait: EndWait, status: JobStatus | undefined): void {
    this.#take(wait.done);
    this.#over.push({ wait, status });
  }

  /** Takes a wait out, unanswered; undefined where there is none. */
  #take(done: Completion<never>): EndWait | undefined {
    const { ledger, admission } = this.#base;
    const wait = this.#all.get(done);
    if (wait === undefined) return undefined;
    this.#all.delete(done);
    clearTimeout(wait.timer);
    if (wait.slot === NONE) admission.leave(wait);
    const waits = this.#bySlot.get(wait.slot);
    waits?.delete(wait);
    if (waits?.size === 0) {
      this.#bySlot.delete(wait.slot);
      ledger.awaitEnd(wait.slot, false);
    }
    return wait;
  }

  /** With what is known of its message now. */
  #answer(wait: EndWait): void {
    const { queue, jobId } = wait.request;
    if (wait.slot === NONE) this.#jobs.status(queue, jobId, wait);
    else if (!this.#isThere(wait)) this.#base.ledger.whenDurable(wait, undefined);
    else {
      const isStill = () => this.#isThere(wait);
      this.#jobs.statusOf(wait.slot, jobId, wait, isStill, () => this.#answer(wait));
    }
  }

  #setTimer(wait: EndWait): void {
    const { state, clock } = this.#base;
    const expires = state.waits(wait.slot) ? state.expiresAt(wait.slot) : 0;
    const wakesAt = expires > 0 ? Math.min(wait.until, expires) : wait.until;
    if (wakesAt === wait.wakesAt) return;
    clearTimeout(wait.timer);
    wait.wakesAt = wakesAt;
    wait.timer = setTimeout(() => this.#wake(wait), Math.ceil(wakesAt - clock()));
  }

  #slotOf({ request: { queue: name, jobId } }: EndWait): number | undefined {
    const queue = this.#base.state.queues.get(name);
    return queue === undefined ? undefined : this.#base.state.slotOfJob(queue, jobId);
  }

  /** Whether the slot still holds the message. */
  #isThere({ slot, id }: EndWait): boolean {
    const { state } = this.#base;
    return state.table.has(slot) && idOf(state.orderOf(slot)) === id && !state.isDiscarded(slot);
  }

  /** Whether a job waits or runs, so that its end is to come. */
  #isLive(slot: number): boolean {
    return isWaiting(this.#base, slot) || this.#base.state.stateOf(slot) === MessageState.reserved;
  }

  /** Whether a job is over, though it is there still: somebody holds it, or nobody has come upon it since it expired. */
  #isDying(wait: EndWait): boolean {
    const { slot } = wait;
    if (!this.#isThere(wait) || this.#isLive(slot)) return false;
    const { state } = this.#base;
    return state.stateOf(slot) === MessageState.cancelled || state.waits(slot);
  }

  /** What the status of a job will say of its end; it is the same where that is kept. */
  #describeEnd(slot: number, jobId: string, record: MessageRecord, end: FullEnd): JobStatus {
    const { state } = this.#base;
    const { state: endState, endedAt, error, result } = end;
    const isComplete = endState === 'complete';
    const known = this.#jobs.describe(state.queueOf(slot), jobId, slot, record);
    const attributes = decodeAttributes(record.attributes);
    const { heldBy, startedAt } = { ...attributes, ...state.leases.lastAttempt(slot) };
    // A cancel ends a series, too; of what is scheduled it ends the run.
    const goesOn = state.repeating.has(slot) && (endState !== 'cancelled' || known.cron !== '');
    return {
      ...known,
      state: endState,
      dueAt: 0,
      heldBack: undefined,
      startedAt,
      endedAt,
      error,
      earlierError: isComplete ? known.error : '',
      heldBy,
      result: Buffer.from(result),
      progress: '',
      everyMs: goesOn ? known.everyMs : 0,
      lastRun: goesOn ? { state: endState, endedAt, error: endState === 'failed' ? error : '' } : undefined,
    };
  }
}
