import type { Counts, HeldBy, LastRun } from '../../server/engine/api.ts';
import { backoffMs, DEFAULT_POLICY, type Policy } from '../../server/engine/policy.ts';
import { type Ended, type EndWait, type Item, inOrder, type Mode, type Waiter } from './item.ts';
import { Pace } from './pace.ts';
import type { Line } from './schedule.ts';
import { Turns } from './turns.ts';

interface QueueFacts {
  paused: boolean;
  /** Since the start. */
  counts: Counts;
  /** Since the last reset. */
  enqueued: number;
  taken: number;
  acknowledged: number;
  expired: number;
  dropped: number;
  failedDropped: number;
  cancelled: number;
  /** Its counters when it was last looked at, '' where it was used then; and since when that has been so. */
  seen: string;
  since: number;
}

/** All that the model knows: queues, messages in no particular order, reads that wait, waits for ends, jobs that have ended. */
export class World {
  readonly queues = new Map<string, QueueFacts>();
  items: Item[] = [];
  waiters: Waiter[] = [];
  endWaits: EndWait[] = [];
  readonly ended = new Map<string, Ended>();
  /** Of queues that have a rate, also of those that are gone. */
  readonly paces = new Map<string, Pace>();
  schedule: readonly Line[] = [];
  /** How the last runs of what is scheduled ended, since the server has started. */
  readonly runs = new Map<string, readonly LastRun[]>();
  /** Whose turn it is among the groups of each queue. */
  turns = new Turns();
  readonly now: () => number;
  readonly #policies: Map<string, Policy>;
  /** Numbers up to here were given to messages. */
  lastNumber = 0;
  /** The second in which what had expired, or failed long ago, went last, milliseconds. */
  sweptAt: number;
  /** When the server has started. */
  servesSince: number;
  /** Of all queues since then, those that are gone included. */
  totals = noCounts();

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
    copy.turns = this.turns.copy();
    for (const [name, facts] of this.queues) copy.queues.set(name, { ...facts, counts: { ...facts.counts } });
    for (const [key, end] of this.ended) copy.ended.set(key, end);
    for (const [name, pace] of this.paces) copy.paces.set(name, pace.copy());
    return copy;
  }

  policyOf(queue: string): Policy {
    return this.#policies.get(queue) ?? DEFAULT_POLICY;
  }

  /** Nothing that a queue has goes on to itself. */
  setPolicy(queue: string, policy: Policy): void {
    if (this.queues.has(queue)) this.#setPace(queue, policy, true);
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
      counts: noCounts(),
      enqueued: 0,
      taken: 0,
      acknowledged: 0,
      expired: 0,
      dropped: 0,
      failedDropped: 0,
      cancelled: 0,
      seen: '',
      since: this.now(),
    };
    if (!this.queues.has(name)) {
      this.queues.set(name, facts);
      this.#setPace(name, this.policyOf(name), false);
    }
    return facts;
  }

  /** Something is counted of a queue, which there may not be. */
  count(name: string, what: keyof Counts): void {
    const facts = this.queues.get(name);
    if (facts !== undefined) facts.counts[what]++;
    this.totals[what]++;
  }

  /** The server starts anew, and has counted nothing. */
  forgetCounts(): void {
    for (const facts of this.queues.values()) facts.counts = noCounts();
    this.totals = noCounts();
  }

  /** All queues begin anew: nobody knows what was started before. */
  forgetPaces(): void {
    this.paces.clear();
    for (const name of this.queues.keys()) this.#setPace(name, this.policyOf(name), true);
  }

  /** Whether a read of that kind may have something of a queue. */
  mayRun(queue: string, mode: Mode): boolean {
    const heldBy = this.heldBy(queue);
    return heldBy === undefined || (heldBy === 'max_running' && mode === 'take');
  }

  /** Why nothing of a queue may be started. */
  heldBy(queue: string): HeldBy | undefined {
    if (this.isPaused(queue)) return 'paused';
    if ((this.paces.get(queue)?.next ?? 0) > this.now()) return 'rate';
    const { maxRunning } = this.policyOf(queue);
    return maxRunning > 0 && this.counts(queue).reserved >= maxRunning ? 'max_running' : undefined;
  }

  /** Why what is ready in it, or one of these, cannot be had. */
  whyHeld(queue: string, items: readonly Item[] = this.list(queue, 'ready')): HeldBy | undefined {
    if (items.length === 0) return undefined;
    const isOfHeldGroup = items.some(({ group }) => !this.mayGoOn(queue, group));
    return this.heldBy(queue) ?? (isOfHeldGroup ? 'group' : undefined);
  }

  #setPace(name: string, { rate }: Policy, isEmpty: boolean): void {
    const now = this.now();
    const known = this.paces.get(name);
    if (JSON.stringify(known?.rate) === JSON.stringify(rate)) return;
    this.paces.delete(name);
    const isUnknown = isEmpty || (known !== undefined && known.idleAt > now);
    if (rate !== undefined) this.paces.set(name, new Pace(rate, now, isUnknown));
  }

  isPaused(queue: string): boolean {
    return this.queues.get(queue)?.paused ?? false;
  }

  /** How much all queues have discarded. */
  get dropped(): number {
    const each = [...this.queues.values()].map(({ dropped, failedDropped }) => dropped + failedDropped);
    return each.reduce((sum, count) => sum + count, 0);
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
    return item?.state === 'failed' || (item?.cancelledAt ?? 0) > 0 ? undefined : item;
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
      maxAttempts: 0,
      backoff: undefined,
      due: 0,
      error: '',
      history: [],
      group: '',
      jobId,
      cancelledAt: 0,
      rhythm: undefined,
      lastRun: undefined,
      isDisabled: false,
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
    item.isDisabled = false;
  }

  /** Puts a message among the ready ones, or, when its time is to come, among the delayed. */
  place(item: Item, due = 0): void {
    if (item.state === 'ready') this.turns.blur(item);
    item.reservation = undefined;
    item.state = due > this.now() ? 'delayed' : 'ready';
    item.due = item.state === 'delayed' ? due : 0;
    this.arrive(item);
  }

  /** Where a message is ready in its queue that was not before: the first one of its group has a turn behind the others. */
  arrive(item: Item): void {
    const isFirst = !this.items.some(
      (each) => each !== item && each.state === 'ready' && isOf(each, item.queue, item.group),
    );
    if (item.state === 'ready' && isFirst) this.turns.toEnd(item.queue, item.group);
  }

  /** Whether a reader may have a message of a group now. */
  mayGoOn(queue: string, group: string): boolean {
    if (group === '') return true;
    const { groupRunning, groupOrder } = this.policyOf(queue);
    const items = this.items.filter((item) => isOf(item, queue, group));
    const waits = items.some(({ state, attempts }) => state === 'delayed' && attempts > 0);
    if (waits && groupOrder === 'strict') return false;
    return items.filter(({ state }) => state === 'reserved').length < groupRunning;
  }

  /** What is next in a queue: of all that is ready, or of what a reader may have now. */
  first(queue: string, which: 'any' | 'free'): Item | undefined {
    const { groupTurns } = this.policyOf(queue);
    const items = this.list(queue, 'ready').filter(
      ({ group }) => which === 'any' || this.mayGoOn(queue, group),
    );
    if (groupTurns === 'arrival') return items[0];
    const heads = items.filter((item, i) => items.findIndex(({ group }) => group === item.group) === i);
    return heads.sort((x, y) => x.priority - y.priority || this.turns.of(x) - this.turns.of(y))[0];
  }

  /** Takes a message out of the world, for good. */
  remove(item: Item): void {
    item.state = 'gone';
    item.reservation = undefined;
    this.items = this.items.filter((each) => each !== item);
  }

  /** Takes it out for good, but remembers how its job ended. */
  end(item: Item, state: Ended['state'], result = '', endedAt?: number): void {
    this.rememberEnd(item, state, result, endedAt);
    this.remove(item);
  }

  /** How often a message is tried at most. */
  attemptLimit({ maxAttempts, queue }: Item): number {
    return maxAttempts || this.policyOf(queue).maxAttempts;
  }

  /** How long a message waits after so many attempts, when the last one failed now. */
  backoffMs({ backoff, queue, attempts }: Item): number {
    return backoffMs(backoff ?? this.policyOf(queue).backoff, attempts, Math.random());
  }

  /** For as long as the policy of its queue says now. */
  rememberEnd(item: Item, state: Ended['state'], result = '', when = this.now()): void {
    const { keepDoneMs } = this.policyOf(item.queue);
    if (item.jobId === '' || keepDoneMs === 0) return;
    const endedAt = item.state === 'failed' ? item.failedAt : when;
    const ended = {
      item: { ...item, state: 'gone' as const, rhythm: undefined, lastRun: undefined, isDisabled: false },
      state,
      endedAt,
      forgetAt: this.now() + keepDoneMs,
      result,
    };
    this.ended.set(key(item.queue, item.jobId), ended);
  }

  /** Of what is scheduled the last ones are kept. */
  noteRun({ queue, jobId, rhythm }: Item, run: LastRun): void {
    if (rhythm?.cron === '') return;
    this.runs.set(key(queue, jobId), [...this.runsOf(queue, jobId), run].slice(-20));
  }

  runsOf(queue: string, jobId: string): readonly LastRun[] {
    return this.runs.get(key(queue, jobId)) ?? [];
  }

  forget(queue: string, jobId: string): void {
    this.ended.delete(key(queue, jobId));
  }

  endOf(queue: string, jobId: string): Ended | undefined {
    const ended = this.ended.get(key(queue, jobId));
    return ended !== undefined && ended.forgetAt > this.now() ? ended : undefined;
  }
}

export function noCounts(): Counts {
  return {
    enqueued: 0,
    delivered: 0,
    completed: 0,
    removed: 0,
    expired: 0,
    dropped: 0,
    failedDropped: 0,
    refused: 0,
    deadLettered: 0,
    retried: 0,
    failed: 0,
    leasesExpired: 0,
    givenBack: 0,
    cancelled: 0,
  };
}

function copyItem(item: Item): Item {
  const copy = { ...item };
  if (item.reservation !== undefined) copy.reservation = { ...item.reservation, item: copy };
  return copy;
}

function isOf(item: Item, queue: string, group: string): boolean {
  return item.queue === queue && item.group === group;
}

export interface Reader {
  readonly mode: Mode;
  readonly leaseMs: number;
  readonly holder: string;
}

function key(queue: string, jobId: string): string {
  return `${queue}/${jobId}`;
}
