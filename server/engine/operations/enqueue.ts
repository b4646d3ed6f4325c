import { QueueFullError } from '../../../shared/errors.ts';
import { type Completion, type EnqueueRequest, NOT_STORED } from '../api.ts';
import type { Core } from '../core.ts';
import { messageSize } from '../log/codec/message-record.ts';
import { BATCH_HEADER_SIZE, queueSize } from '../log/codec/record.ts';
import type { Policy } from '../policy.ts';
import { encodeAttributes, MOST_ATTRIBUTES, NO_ATTRIBUTES } from '../state/attributes.ts';
import { at, MessageState, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { discardSize, Limits, mostDiscarded } from './queue-limits.ts';

/** Longest exptime that is relative, seconds (protocol.txt, "Expiration times"). */
const LONGEST_RELATIVE = 60 * 60 * 24 * 30;
/** Epoch seconds; the journal has 32 bits for them. */
const LATEST_EXPIRY = 2 ** 32 - 1;
/** Most bytes of a queue's name. */
const LONGEST_NAME = 250;
/** Most jobs of one queue that may have an id: what a Map holds. */
const MOST_JOBS = 2 ** 24 - 1;

/** Takes messages in, as soon as the journal has room for them. */
export class Intake {
  readonly #core: Core;
  readonly #limits: Limits;
  readonly #maxQueues: number;
  /** Since the start or the last reset. */
  enqueued = 0;

  constructor(core: Core, maxQueues: number) {
    this.#core = core;
    this.#limits = new Limits(core);
    this.#maxQueues = maxQueues;
  }

  enqueue(request: EnqueueRequest, done: Completion<number>): void {
    if (this.#enqueueNow(request, done)) return;
    const { queue, flags, exptime, ahead, priority, delayMs, jobId, mode, everyMs, start, end } = request;
    const body = Buffer.from(request.body.subarray(start, end));
    const kept = { queue, flags, exptime, ahead, priority, delayMs, jobId, mode, everyMs };
    this.#enqueueLater({ ...kept, body, start: 0, end: body.length }, done);
  }

  #enqueueLater(request: EnqueueRequest, done: Completion<number>): void {
    this.#core.stalled.add(done, () => {
      if (!this.#enqueueNow(request, done)) this.#enqueueLater(request, done);
    });
  }

  /** Stores or refuses it; false when it has to wait for room. */
  #enqueueNow(request: EnqueueRequest, done: Completion<number>): boolean {
    const { state, journal, stalled } = this.#core;
    if (this.#core.refuses(done)) return true;
    const queue = state.queues.get(request.queue);
    if ((request.jobId !== '' || request.mode === 'replace') && !this.#isAllowed(request, queue)) {
      done.resolve(NOT_STORED);
      return true;
    }
    const policy = queue === undefined ? this.#core.policyNamed(request.queue) : this.#core.policy(queue);
    const problem = this.#problem(request, queue, policy) ?? this.#fanoutProblem(request, policy);
    if (problem !== undefined) {
      if (problem === NOT_YET && journal.roomProblem === undefined) return false;
      done.reject(problem);
      return true;
    }
    if (stalled.isEmpty && journal.hasRoom(this.#size(request, queue, policy))) {
      this.#storeAll(request, policy, done);
      return true;
    }
    if (journal.roomProblem === undefined) return false;
    done.reject(journal.roomProblem);
    return true;
  }

  /** Whether the request's `mode` allows it, with the job that has its id now. */
  #isAllowed({ jobId, mode }: EnqueueRequest, queue: Queue | undefined): boolean {
    if (mode === 'set') return true;
    const slot = queue?.jobs?.get(jobId);
    const waits = slot !== undefined && this.#core.isWaiting(slot);
    return mode === 'replace' ? waits : !waits && this.#stateOf(slot) !== MessageState.reserved;
  }

  /** Why a queue does not take it; undefined when it does. */
  #problem(request: EnqueueRequest, queue: Queue | undefined, policy: Policy): QueueFullError | undefined {
    const { queues } = this.#core.state;
    if (queue === undefined && queues.size >= this.#maxQueues)
      return new QueueFullError(`there are ${this.#maxQueues} queues already`);
    const slot = queue === undefined ? NONE : this.#waiting(queue, request);
    const isNewJob = request.jobId !== '' && slot === NONE;
    if (isNewJob && queue?.jobs !== undefined && queue.jobs.size >= MOST_JOBS)
      return new QueueFullError('queue is full of jobs with an id');
    const { maxItems, maxBytes } = policy;
    if (maxItems === 0 && maxBytes === 0) return undefined;
    const attributes = maxBytes === 0 ? NO_ATTRIBUTES : this.#attributes(request, slot, this.#core.clock());
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
   * was to take. Undefined where the journal has no room yet to record that.
   */
  #makesFit(request: EnqueueRequest, queue: Queue, attributesLength: number): boolean | undefined {
    for (let left = mostDiscarded(request.end - request.start); ; left--) {
      const slot = this.#waiting(queue, request);
      const growth = this.#growth(request, slot, attributesLength);
      if (!this.#limits.isFull(queue, growth, slot)) return true;
      const isGone = left > 0 && this.#core.expireNext(queue);
      if (isGone === undefined) return undefined;
      if (!isGone) return this.#limits.canMakeRoom(queue, growth, slot);
    }
  }

  /** Bytes that a queue has more with a message, which takes the place of the one at `slot`, if any. */
  #growth({ start, end }: EnqueueRequest, slot: number, attributesLength: number): number {
    return messageSize(attributesLength, end - start) - (slot === NONE ? 0 : this.#sizeOf(slot));
  }

  #sizeOf(slot: number): number {
    return this.#core.state.table.page(slot).size[at(slot)] as number;
  }

  #fanoutProblem(request: EnqueueRequest, { fanoutTo }: Policy): QueueFullError | undefined {
    for (const name of fanoutTo) {
      const queue = this.#core.state.queues.get(name);
      const policy = queue === undefined ? this.#core.policyNamed(name) : this.#core.policy(queue);
      const problem = this.#problem(request, queue, policy);
      if (problem === NOT_YET) return problem;
      // Who has set it on another queue cannot know which one is meant.
      if (problem !== undefined) return new QueueFullError(`fanout_to ${name}: ${problem.message}`);
    }
    return undefined;
  }

  /** Most bytes that storing takes, with the records of new queues and of what is discarded. */
  #size(request: EnqueueRequest, queue: Queue | undefined, { maxBytes, whenFull, fanoutTo }: Policy): number {
    let size = messageSize(request.jobId === '' ? 0 : MOST_ATTRIBUTES, request.end - request.start);
    if (queue === undefined) size += BATCH_HEADER_SIZE + queueSize(request.queue.length);
    const discarded = discardSize(size);
    if (maxBytes > 0 || whenFull === 'drop_oldest') size += discarded;
    if (fanoutTo.length === 0) return size;
    const target = size + BATCH_HEADER_SIZE + queueSize(LONGEST_NAME) + discarded;
    return size + fanoutTo.length * target;
  }

  #storeAll(request: EnqueueRequest, { fanoutTo }: Policy, done: Completion<number>): void {
    const { journal, deliveries } = this.#core;
    const queue = this.#core.openQueue(request.queue);
    const id = this.#store(queue, request);
    for (const name of fanoutTo) {
      if (name !== request.queue) this.#store(this.#core.openQueue(name), request);
    }
    journal.committer.whenSynced(done, id);
    // Not before all is stored: what becomes of a message takes room as well.
    deliveries.serve(queue);
    for (const name of fanoutTo) deliveries.serve(this.#core.openQueue(name));
  }

  /** The message's id; 0 when it is dead on arrival, of which there is no record but the count. */
  #store(queue: Queue, request: EnqueueRequest): number {
    const { state, recorder, endings, clock, due, sweep } = this.#core;
    queue.enqueued++;
    this.enqueued++;
    const now = clock();
    const expires = this.#expiry(request, this.#core.policy(queue), now);
    const slot = this.#waiting(queue, request);
    if (slot !== NONE && this.#core.isExpired(slot)) queue.expired++;
    if (expires < 0) {
      // It takes the place of what has its id all the same.
      if (slot !== NONE) endings.remove(slot);
      queue.expired++;
      return 0;
    }
    const readyAt = this.#readyAt(request, slot, now);
    const attributes = this.#attributes(request, slot, now);
    let id: number;
    this.#limits.makeRoom(queue, this.#growth(request, slot, attributes.length), slot);
    if (slot === NONE) {
      state.ages.note(state.nextId, now);
      id = recorder.enqueue(queue, request, now, expires, readyAt, attributes);
    } else {
      id = recorder.overwrite(slot, request, now, expires, readyAt, attributes);
    }
    if (readyAt > 0) due.watch();
    if (expires > 0) sweep.watch();
    return id;
  }

  /** The slot of the job that waits under the request's id, whose place it takes; or NONE. */
  #waiting(queue: Queue, { jobId }: EnqueueRequest): number {
    const slot = jobId === '' ? undefined : queue.jobs?.get(jobId);
    const state = this.#stateOf(slot);
    return state === MessageState.ready || state === MessageState.delayed ? (slot as number) : NONE;
  }

  #stateOf(slot: number | undefined): number {
    if (slot === undefined) return MessageState.free;
    return this.#core.state.table.page(slot).state[at(slot)] as number;
  }

  /** Whether it only changes a job that repeats, which keeps its rhythm then. */
  #keepsRhythm({ everyMs }: EnqueueRequest, slot: number): boolean {
    const recurrence = slot === NONE ? undefined : this.#core.state.repeating.get(slot)?.recurrence;
    return everyMs > 0 && recurrence?.kind === 'every' && recurrence.everyMs === everyMs;
  }

  /** When it becomes ready, engine time; 0: at once. `slot`: the one that it overwrites. */
  #readyAt(request: EnqueueRequest, slot: number, now: number): number {
    if (this.#keepsRhythm(request, slot)) {
      const page = this.#core.state.table.page(slot);
      return page.state[at(slot)] === MessageState.delayed ? page.due(at(slot)) : 0;
    }
    return request.delayMs > 0 ? now + request.delayMs : 0;
  }

  #attributes(request: EnqueueRequest, slot: number, now: number): Buffer {
    const { jobId, everyMs, delayMs } = request;
    if (jobId === '') return NO_ATTRIBUTES;
    if (everyMs === 0) return encodeAttributes({ jobId });
    const known = this.#core.state.repeating.get(slot)?.recurrence;
    const recurrence = { kind: 'every', everyMs, firstAt: now + delayMs } as const;
    return encodeAttributes({ jobId, recurrence: this.#keepsRhythm(request, slot) ? known : recurrence });
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
    const left = exptime - Math.ceil(this.#core.wallClock() / 1000);
    return left > 0 ? Math.min(seconds + left, latest) : -1;
  }
}

/** A queue is full as long as there is no room to record that what has expired goes. */
const NOT_YET = queueIsFull();

function queueIsFull(): QueueFullError {
  return new QueueFullError('queue is full');
}
