import { QueueFullError } from '../../../shared/errors.ts';
import { type EnqueueRequest, type MessageRef, NOT_STORED } from '../api.ts';
import type { Completion } from '../completion.ts';
import { messageCost, queueCost } from '../costs.ts';
import { type Foundation, isExpired, isWaiting } from '../foundation.ts';
import type { Policy } from '../policy.ts';
import { encodeAttributes, MOST_ATTRIBUTES } from '../state/attributes.ts';
import { Count } from '../state/counters.ts';
import { NO_BYTES } from '../state/events.ts';
import { MessageState, NONE, row } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import type { Expired } from './expired.ts';
import { discardCost, mostDiscarded, type QueueLimits } from './queue-limits.ts';

/** Longest exptime that is relative, seconds (protocol.txt, "Expiration times"). */
const LONGEST_RELATIVE = 60 * 60 * 24 * 30;
/** Epoch seconds; a record has 32 bits for them. */
const LATEST_EXPIRY = 2 ** 32 - 1;
/** Most jobs of one queue that may have an id: what a Map holds. */
const MOST_JOBS = 2 ** 24 - 1;

/** Stores messages, as soon as the log has space for them. */
export class Enqueue {
  readonly #base: Foundation;
  readonly #expired: Expired;
  readonly #limits: QueueLimits;
  readonly #maxQueues: number;

  constructor(base: Foundation, expired: Expired, limits: QueueLimits, maxQueues: number) {
    this.#base = base;
    this.#expired = expired;
    this.#limits = limits;
    this.#maxQueues = maxQueues;
  }

  enqueue(request: EnqueueRequest, done: Completion<number>): void {
    if (this.#enqueueNow(request, done)) return;
    const { queue, flags, exptime, ahead, priority, delayMs, jobId, mode, everyMs, start, end } = request;
    const { maxAttempts, backoff, group } = request;
    const body = Buffer.from(request.body.subarray(start, end));
    const own = { maxAttempts, backoff, group };
    const kept = { queue, flags, exptime, ahead, priority, delayMs, jobId, mode, everyMs, ...own };
    const onStored = (ref: MessageRef) => request.onStored?.(ref);
    this.#enqueueLater({ ...kept, body, start: 0, end: body.length, onStored }, done);
  }

  #enqueueLater(request: EnqueueRequest, done: Completion<number>): void {
    this.#base.admission.wait(done, () => {
      if (!this.#enqueueNow(request, done)) this.#enqueueLater(request, done);
    });
  }

  /** Stores or refuses it; false when it has to wait for space. */
  #enqueueNow(request: EnqueueRequest, done: Completion<number>): boolean {
    const { state, ledger, admission, policies } = this.#base;
    if (admission.refuses(done)) return true;
    const queue = state.queues.get(request.queue);
    if ((request.jobId !== '' || request.mode === 'replace') && !this.#isAllowed(request, queue)) {
      // What waits for space may be what allows it.
      if (admission.mustQueue) return false;
      ledger.whenDurable(done, NOT_STORED);
      return true;
    }
    const policy = policies.named(request.queue, queue);
    const problem = this.#problem(request, queue, policy) ?? this.#fanoutProblem(request, policy);
    if (problem !== undefined) {
      if (problem === NOT_YET && admission.refusal === undefined) return false;
      if (queue === undefined) state.queues.counters.countElsewhere(Count.refused);
      else queue.count(Count.refused);
      done.reject(problem);
      return true;
    }
    if (admission.hasSpaceForMessage(this.#cost(request, queue, policy))) {
      this.#storeAll(request, queue ?? ledger.openQueue(request.queue), policy, done);
      return true;
    }
    const { refusal } = admission;
    if (refusal === undefined) return false;
    done.reject(refusal);
    return true;
  }

  /** Whether the request's `mode` allows it, with the job that has its id now. */
  #isAllowed({ jobId, mode }: EnqueueRequest, queue: Queue | undefined): boolean {
    if (mode === 'set') return true;
    const slot = queue === undefined ? undefined : this.#base.state.slotOfJob(queue, jobId);
    const waits = slot !== undefined && isWaiting(this.#base, slot);
    if (mode === 'replace') return waits;
    return !waits && (slot === undefined || this.#base.state.stateOf(slot) !== MessageState.reserved);
  }

  /** Why a queue does not take it; undefined when it does. */
  #problem(request: EnqueueRequest, queue: Queue | undefined, policy: Policy): QueueFullError | undefined {
    const { state, clock } = this.#base;
    if (queue === undefined && state.queues.size >= this.#maxQueues)
      return new QueueFullError(`there are ${this.#maxQueues} queues already`);
    const slot = queue === undefined ? NONE : this.#overwritten(queue, request);
    const isNewJob = request.jobId !== '' && slot === NONE;
    if (isNewJob && queue?.jobs !== undefined && queue.jobs.size >= MOST_JOBS)
      return new QueueFullError('queue is full of jobs with an id');
    const { maxItems, maxBytes } = policy;
    if (maxItems === 0 && maxBytes === 0) return undefined;
    const attributes = maxBytes === 0 ? NO_BYTES : this.#attributes(request, slot, clock());
    if (queue === undefined) {
      const size = this.#growth(request, NONE, attributes.length);
      return maxBytes > 0 && size > maxBytes ? queueIsFull() : undefined;
    }
    const fits = this.#makesFit(request, queue, attributes.length);
    if (fits === undefined) return NOT_YET;
    return fits ? undefined : queueIsFull();
  }

  /**
   * Whether a queue takes a request, once what has expired at its head is gone; that may be the very job whose place it
   * was to take. Undefined where the log has no space yet to record that.
   */
  #makesFit(request: EnqueueRequest, queue: Queue, attributesLength: number): boolean | undefined {
    for (let left = mostDiscarded(request.end - request.start); ; left--) {
      const slot = this.#overwritten(queue, request);
      const growth = this.#growth(request, slot, attributesLength);
      if (!this.#limits.isFull(queue, growth, slot)) return true;
      const isGone = left > 0 && this.#expired.expireNext(queue);
      if (isGone === undefined) return undefined;
      if (!isGone) return this.#limits.canMakeWay(queue, growth, slot);
    }
  }

  /** Bytes that a queue has more with a message, which takes the place of the one at `slot`, if any. */
  #growth({ start, end }: EnqueueRequest, slot: number, attributesLength: number): number {
    return messageCost(attributesLength, end - start) - (slot === NONE ? 0 : this.#base.state.sizeOf(slot));
  }

  #fanoutProblem(request: EnqueueRequest, { fanoutTo }: Policy): QueueFullError | undefined {
    const { state, policies } = this.#base;
    for (const name of fanoutTo) {
      const queue = state.queues.get(name);
      const problem = this.#problem(request, queue, policies.named(name, queue));
      if (problem === NOT_YET) return problem;
      // Who has set it on another queue cannot know which one is meant.
      if (problem !== undefined) return new QueueFullError(`fanout_to ${name}: ${problem.message}`);
    }
    return undefined;
  }

  /** Most bytes that storing takes, with the records of new queues and of what is discarded. */
  #cost(request: EnqueueRequest, queue: Queue | undefined, { maxBytes, whenFull, fanoutTo }: Policy): number {
    let cost = messageCost(hasAttributes(request) ? MOST_ATTRIBUTES : 0, request.end - request.start);
    if (queue === undefined) cost += queueCost(request.queue.length);
    const discarded = discardCost(cost);
    if (maxBytes > 0 || whenFull === 'drop_oldest') cost += discarded;
    if (fanoutTo.length === 0) return cost;
    return cost + fanoutTo.length * (cost + queueCost() + discarded);
  }

  #storeAll(request: EnqueueRequest, queue: Queue, { fanoutTo }: Policy, done: Completion<number>): void {
    const { ledger } = this.#base;
    const id = this.#store(queue, request, request);
    for (const name of fanoutTo) {
      if (name !== request.queue) this.#store(ledger.openQueue(name), request);
    }
    ledger.whenDurable(done, id);
  }

  /**
   * The message's id; 0 when it is dead on arrival, of which there is no record but the count. `listener`: who is told of its
   * handle.
   */
  #store(queue: Queue, request: EnqueueRequest, listener?: EnqueueRequest): number {
    const { state, ledger, policies, clock } = this.#base;
    queue.count(Count.enqueued);
    const now = clock();
    const expires = this.#expiry(request, policies.of(queue), now);
    const slot = this.#overwritten(queue, request);
    if (slot !== NONE && isExpired(this.#base, slot)) queue.count(Count.expired);
    if (expires < 0) {
      // It takes the place of what has its id all the same.
      if (slot !== NONE) ledger.done(slot);
      queue.count(Count.expired);
      return 0;
    }
    const due = this.#due(request, slot, now);
    const attributes = this.#attributes(request, slot, now);
    this.#limits.makeWay(queue, this.#growth(request, slot, attributes.length), slot);
    const taken = slot === NONE ? state.table.nextFree() : slot;
    const id =
      slot === NONE
        ? ledger.enqueue(queue, request, now, expires, due, attributes)
        : ledger.overwrite(slot, request, now, expires, due, attributes);
    listener?.onStored?.({ slot: taken, id });
    return id;
  }

  /** The slot of the job that waits under the request's id, whose place it takes; or NONE. */
  #overwritten(queue: Queue, { jobId }: EnqueueRequest): number {
    const { state } = this.#base;
    const slot = jobId === '' ? undefined : state.slotOfJob(queue, jobId);
    return slot !== undefined && state.waits(slot) ? slot : NONE;
  }

  /** Whether it only changes a job that repeats, which keeps its rhythm then. */
  #keepsRhythm({ everyMs }: EnqueueRequest, slot: number): boolean {
    const recurrence = slot === NONE ? undefined : this.#base.state.repeating.get(slot)?.recurrence;
    return everyMs > 0 && recurrence?.kind === 'every' && recurrence.everyMs === everyMs;
  }

  /** When it becomes ready, engine time; 0: at once. `slot`: the one that it overwrites. */
  #due(request: EnqueueRequest, slot: number, now: number): number {
    if (this.#keepsRhythm(request, slot)) {
      const { state } = this.#base;
      return state.stateOf(slot) === MessageState.delayed ? state.table.page(slot).due(row(slot)) : 0;
    }
    return request.delayMs > 0 ? now + request.delayMs : 0;
  }

  #attributes(request: EnqueueRequest, slot: number, now: number): Buffer {
    if (!hasAttributes(request)) return NO_BYTES;
    const { jobId, everyMs, delayMs, maxAttempts, backoff, group } = request;
    const own = { jobId, maxAttempts, backoff, group };
    if (everyMs === 0) return encodeAttributes(own);
    const { recurrence: known, lastRun } = this.#base.state.repeating.get(slot) ?? NOT_REPEATING;
    const recurrence = { kind: 'every', everyMs, firstAt: now + delayMs } as const;
    return encodeAttributes({
      ...own,
      recurrence: this.#keepsRhythm(request, slot) ? known : recurrence,
      lastRun,
    });
  }

  /** Epoch seconds, 0 for never, negative when it is over already. */
  #expiry({ exptime, everyMs }: EnqueueRequest, policy: Policy, now: number): number {
    if (everyMs > 0) return 0;
    const seconds = Math.ceil(now / 1000);
    const latest = policy.ttlMs === 0 ? LATEST_EXPIRY : Math.ceil((now + policy.ttlMs) / 1000);
    if (exptime === 0 || policy.exptime === 'ignore') return policy.ttlMs === 0 ? 0 : latest;
    if (exptime < 0) return -1;
    if (exptime <= LONGEST_RELATIVE) return Math.min(seconds + exptime, latest);
    // An epoch is a time on the wall.
    const left = exptime - Math.ceil(this.#base.wallClock() / 1000);
    return left > 0 ? Math.min(seconds + left, latest) : -1;
  }
}

function hasAttributes({ jobId, maxAttempts, backoff, group }: EnqueueRequest): boolean {
  return jobId !== '' || group !== '' || maxAttempts !== 0 || backoff !== undefined;
}

const NOT_REPEATING = { recurrence: undefined, lastRun: undefined };

/** A queue is full as long as there is no space to record that what has expired goes. */
const NOT_YET = queueIsFull();

function queueIsFull(): QueueFullError {
  return new QueueFullError('queue is full');
}
