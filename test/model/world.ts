import { DEFAULT_POLICY, type Policy } from '../../server/engine/policy.ts';
import { type Ended, type Item, inOrder, type Mode, type Waiter } from './item.ts';
import type { Line } from './schedule.ts';

interface QueueFacts {
  paused: boolean;
  /** Since the start. */
  enqueued: number;
  taken: number;
  acknowledged: number;
  expired: number;
  dropped: number;
  /** Its counters when it was last looked at, '' where it was used then; and since when that has been so. */
  seen: string;
  since: number;
}

/** All that the model knows: queues, messages in no particular order, reads that wait, jobs that have ended. */
export class World {
  readonly queues = new Map<string, QueueFacts>();
  items: Item[] = [];
  waiters: Waiter[] = [];
  readonly ended = new Map<string, Ended>();
  schedule: readonly Line[] = [];
  readonly now: () => number;
  readonly #policies: Map<string, Policy>;
  /** Numbers up to here were given to messages. */
  lastNumber = 0;
  /** The second in which what had expired went last, milliseconds. */
  sweptAt: number;
  /** When the server has started. */
  servesSince: number;

  constructor(policies: ReadonlyMap<string, Policy>, now: () => number) {
    this.#policies = new Map(policies);
    this.now = now;
    this.sweptAt = this.second;
    this.servesSince = now();
  }

  /** When the second began that it is now. */
  get second(): number {
    return Math.floor(this.now() / 1000) * 1000;
  }

  /** A world of its own in which nobody waits. */
  copy(): World {
    const copy = new World(this.#policies, this.now);
    copy.lastNumber = this.lastNumber;
    copy.sweptAt = this.sweptAt;
    copy.servesSince = this.servesSince;
    copy.items = this.items.map(copyItem);
    copy.schedule = this.schedule;
    for (const [name, facts] of this.queues) copy.queues.set(name, { ...facts });
    for (const [key, end] of this.ended) copy.ended.set(key, end);
    return copy;
  }

  policyOf(queue: string): Policy {
    return this.#policies.get(queue) ?? DEFAULT_POLICY;
  }

  /** Nothing that a queue has goes on to itself. */
  setPolicy(queue: string, policy: Policy): void {
    const { deadLetterTo, fanoutTo } = policy;
    const others = {
      deadLetterTo: deadLetterTo === queue ? undefined : deadLetterTo,
      fanoutTo: fanoutTo.filter((target) => target !== queue),
    };
    this.#policies.set(queue, { ...policy, ...others });
  }

  /** A queue, created where there is none. */
  queue(name: string): QueueFacts {
    const facts = this.queues.get(name) ?? {
      paused: false,
      enqueued: 0,
      taken: 0,
      acknowledged: 0,
      expired: 0,
      dropped: 0,
      seen: '',
      since: this.now(),
    };
    this.queues.set(name, facts);
    return facts;
  }

  isPaused(queue: string): boolean {
    return this.queues.get(queue)?.paused ?? false;
  }

  /** How much all queues have discarded. */
  get dropped(): number {
    return [...this.queues.values()].reduce((sum, { dropped }) => sum + dropped, 0);
  }

  /** What is in a queue in one of these states, in order. */
  list(queue: string, ...states: Item['state'][]): Item[] {
    return this.items.filter((item) => item.queue === queue && states.includes(item.state)).sort(inOrder);
  }

  /** What has failed, in order; with an id only the job that has it. */
  failed(queue: string, jobId: string): Item[] {
    return this.list(queue, 'failed').filter((item) => jobId === '' || item.jobId === jobId);
  }

  /** The same for each queue in which there is something. */
  countsOfAll(): Map<string, Record<Item['state'], number>> {
    const all = new Map<string, Record<Item['state'], number>>();
    for (const { queue, state } of this.items) {
      const counts = all.get(queue) ?? { ready: 0, delayed: 0, reserved: 0, failed: 0, gone: 0 };
      counts[state]++;
      all.set(queue, counts);
    }
    return all;
  }

  counts(queue: string): Record<Item['state'], number> {
    const counts = { ready: 0, delayed: 0, reserved: 0, failed: 0, gone: 0 };
    for (const item of this.items) if (item.queue === queue) counts[item.state]++;
    return counts;
  }

  /** The message that has this job id, live or failed. */
  job(queue: string, jobId: string): Item | undefined {
    return jobId === '' ? undefined : this.items.find((item) => item.queue === queue && item.jobId === jobId);
  }

  liveJob(queue: string, jobId: string): Item | undefined {
    const item = this.job(queue, jobId);
    return item?.state === 'failed' || item?.isCancelled ? undefined : item;
  }

  /** A message that is still to be filled. */
  add(queue: string, jobId: string): Item {
    const number = ++this.lastNumber;
    const item: Item = {
      queue,
      number,
      body: '',
      flags: 0,
      priority: 0,
      sequence: number,
      enqueuedAt: 0,
      expires: Number.POSITIVE_INFINITY,
      state: 'ready',
      attempts: 0,
      deaths: 0,
      diedSilently: false,
      due: 0,
      error: '',
      jobId,
      isCancelled: false,
      rhythm: undefined,
      lastRun: undefined,
      startedAt: 0,
      failedAt: 0,
      heldBy: '',
      origin: undefined,
      reservation: undefined,
    };
    this.items.push(item);
    return item;
  }

  /** It goes on as a message like any other. */
  unname(item: Item): void {
    item.jobId = '';
    item.rhythm = undefined;
    item.lastRun = undefined;
  }

  /** Puts a message among the ready ones, or, when its time is to come, among the delayed. */
  place(item: Item, due = 0): void {
    item.reservation = undefined;
    item.state = due > this.now() ? 'delayed' : 'ready';
    item.due = item.state === 'delayed' ? due : 0;
  }

  /** Takes a message out of the world, for good. */
  remove(item: Item): void {
    item.state = 'gone';
    item.reservation = undefined;
    this.items = this.items.filter((each) => each !== item);
  }

  /** Takes it out for good, but remembers how its job ended. */
  end(item: Item, state: Ended['state'], result = ''): void {
    this.rememberEnd(item, state, result);
    this.remove(item);
  }

  /** For as long as the policy of its queue says now. */
  rememberEnd(item: Item, state: Ended['state'], result = ''): void {
    const { keepDoneMs } = this.policyOf(item.queue);
    if (item.jobId === '' || keepDoneMs === 0) return;
    const endedAt = item.state === 'failed' ? item.failedAt : this.now();
    const ended = {
      item: { ...item, rhythm: undefined, lastRun: undefined },
      state,
      endedAt,
      forgetAt: this.now() + keepDoneMs,
      result,
    };
    this.ended.set(key(item.queue, item.jobId), ended);
  }

  forget(queue: string, jobId: string): void {
    this.ended.delete(key(queue, jobId));
  }

  endOf(queue: string, jobId: string): Ended | undefined {
    const ended = this.ended.get(key(queue, jobId));
    return ended !== undefined && ended.forgetAt > this.now() ? ended : undefined;
  }
}

function copyItem(item: Item): Item {
  const copy = { ...item };
  if (item.reservation !== undefined) copy.reservation = { ...item.reservation, item: copy };
  return copy;
}

export interface Reader {
  readonly mode: Mode;
  readonly leaseMs: number;
  readonly holder: string;
}

function key(queue: string, jobId: string): string {
  return `${queue}/${jobId}`;
}
