import { expect } from 'vitest';
import type { Delivery } from '../../server/engine/engine.ts';
import { textOf } from './local-engine.ts';

export interface Item {
  readonly body: string;
  readonly flags: number;
  readonly priority: number;
  readonly sequence: number;
  readonly enqueuedAt: number;
  /** Epoch seconds, 0 never. */
  readonly expires: number;
  state: 'ready' | 'delayed' | 'reserved' | 'failed' | 'gone';
  attempts: number;
  /** While delayed. */
  due: number;
  error: string;
  failedAt: number;
  /** While reserved: who holds it. */
  reservation: Reservation | undefined;
}

/** A read that holds a message. Its token is known once the engine has answered. */
export interface Reservation {
  readonly item: Item;
  /** Of a lease; 0 for an open read. */
  deadline: number;
  token: number;
}

/** What a read has to answer. */
export type Expected = {
  readonly seen: Item;
  readonly attempt: number;
  readonly reservation: Reservation | undefined;
};

export type Mode = 'take' | 'open' | 'lease';

interface Waiter {
  readonly queue: string;
  readonly mode: Mode;
  readonly leaseMs: number;
  readonly until: number;
  readonly answer: (expected: Expected | undefined) => void;
}

export const MAX_ATTEMPTS = 3;
/** Seconds of backoff, by queue. */
export const BACKOFF: Readonly<Record<string, number>> = { a: 5, b: 0 };

/** What the engine should do, as simply as it can be said. */
export class QueueModel {
  readonly queues = new Map<string, Item[]>();
  waiters: Waiter[] = [];
  #sequence = 0;
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  count(queue: string, state: Item['state']): number {
    return this.#items(queue).filter((item) => item.state === state).length;
  }

  enqueue(queue: string, body: string, flags: number, exptime: number, ahead: boolean): void {
    if (!this.queues.has(queue)) this.queues.set(queue, []);
    if (exptime < 0) return;
    const sequence = ++this.#sequence;
    this.#items(queue).push({
      body,
      flags,
      priority: ahead ? 0 : 1024,
      sequence: ahead ? -sequence : sequence,
      enqueuedAt: this.#now(),
      expires: exptime === 0 ? 0 : Math.ceil(this.#now() / 1000) + exptime,
      state: 'ready',
      attempts: 0,
      due: 0,
      error: '',
      failedAt: 0,
      reservation: undefined,
    });
    this.#serve(queue);
  }

  reserve(queue: string, mode: Mode, leaseMs: number): Expected | undefined {
    const item = this.#nextReady(queue);
    return item && this.#hand(item, mode, leaseMs);
  }

  takeFailed(queue: string): Expected | undefined {
    const item = this.#next(queue, 'failed');
    if (item === undefined) return undefined;
    const expected = { seen: { ...item }, attempt: item.attempts, reservation: undefined };
    item.state = 'gone';
    return expected;
  }

  peek(queue: string, failed: boolean): Expected | undefined {
    const item = failed ? this.#next(queue, 'failed') : this.#nextReady(queue);
    if (item === undefined) return undefined;
    return { seen: { ...item }, attempt: item.attempts + (failed ? 0 : 1), reservation: undefined };
  }

  /** A read that waits; `answer` is called with what it is to get. */
  wait(queue: string, mode: Mode, leaseMs: number, waitMs: number, answer: Waiter['answer']): void {
    const item = this.#nextReady(queue);
    if (item !== undefined) answer(this.#hand(item, mode, leaseMs));
    else this.waiters.push({ queue, mode, leaseMs, until: this.#now() + waitMs, answer });
  }

  holds(reservation: Reservation): boolean {
    return reservation.item.reservation === reservation;
  }

  complete(reservation: Reservation): boolean {
    if (!this.holds(reservation)) return false;
    this.#set(reservation.item, 'gone');
    return true;
  }

  release(reservation: Reservation, counted: boolean): boolean {
    if (!this.holds(reservation)) return false;
    this.#giveBack(reservation.item, counted);
    return true;
  }

  extend(reservation: Reservation, leaseMs: number): boolean {
    if (!this.holds(reservation)) return false;
    if (reservation.deadline > 0) reservation.deadline = this.#now() + leaseMs;
    return true;
  }

  fail(reservation: Reservation, error: string, final: boolean): boolean {
    if (!this.holds(reservation)) return false;
    const { item } = reservation;
    const queue = this.#queueOf(item);
    item.error = error;
    const backoff = (BACKOFF[queue] ?? 0) * 1000;
    if (final || item.attempts >= MAX_ATTEMPTS) {
      this.#set(item, 'failed');
      item.failedAt = this.#now();
    } else if (backoff > 0) {
      this.#set(item, 'delayed');
      item.due = this.#now() + backoff;
    } else {
      this.#set(item, 'ready');
    }
    this.#serve(queue);
    return true;
  }

  retryFailed(queue: string, delaySeconds: number): number {
    const failed = this.#sorted(queue, 'failed');
    for (const item of failed) {
      item.attempts = 0;
      this.#set(item, delaySeconds > 0 ? 'delayed' : 'ready');
      item.due = this.#now() + delaySeconds * 1000;
      this.#serve(queue);
    }
    return failed.length;
  }

  purge(queue?: string): void {
    for (const name of queue === undefined ? this.queues.keys() : [queue]) {
      for (const item of this.#items(name)) {
        if (item.state === 'ready' || item.state === 'delayed') this.#set(item, 'gone');
      }
    }
  }

  drop(queue: string): boolean {
    for (const item of this.#items(queue)) this.#set(item, 'gone');
    return this.queues.delete(queue);
  }

  /** The next moment at which something happens by itself. */
  get nextDue(): number {
    const items = [...this.queues.values()].flat();
    return Math.min(
      ...this.waiters.map(({ until }) => until),
      ...items.filter(({ state }) => state === 'delayed').map(({ due }) => due),
      ...items.map(({ reservation }) => reservation?.deadline || Number.POSITIVE_INFINITY),
    );
  }

  /** What happens by itself at this moment. */
  tick(): void {
    const now = this.#now();
    for (const [queue, items] of this.queues) {
      for (const item of items) {
        const { reservation } = item;
        if (item.state === 'delayed' && item.due <= now) this.#set(item, 'ready');
        else if (reservation !== undefined && reservation.deadline > 0 && reservation.deadline <= now) {
          this.#giveBack(item, true);
        } else continue;
        this.#serve(queue);
      }
    }
    this.#endWaits((waiter) => waiter.until <= now);
  }

  /** The server ends: what is open goes back, counted or not; leases run on. */
  end(counted: boolean): void {
    if (counted) this.waiters = [];
    this.#endWaits(() => true);
    for (const item of [...this.queues.values()].flat()) {
      if (item.reservation?.deadline === 0) this.#giveBack(item, counted);
    }
  }

  /** All that waits or failed, in order, as it would be read. */
  contents(queue: string, state: 'ready' | 'failed'): string[] {
    const items = this.#sorted(queue, state).filter((item) => state === 'failed' || !this.#isExpired(item));
    return items.map((item) => describeItem(item, item.attempts + (state === 'failed' ? 0 : 1)));
  }

  #items(queue: string): Item[] {
    return this.queues.get(queue) ?? [];
  }

  #queueOf(item: Item): string {
    for (const [queue, items] of this.queues) if (items.includes(item)) return queue;
    throw new Error('an item of no queue');
  }

  #sorted(queue: string, state: Item['state']): Item[] {
    const items = this.#items(queue).filter((item) => item.state === state);
    return items.sort((x, y) => x.priority - y.priority || x.sequence - y.sequence);
  }

  #next(queue: string, state: Item['state']): Item | undefined {
    return this.#sorted(queue, state)[0];
  }

  /** Skips what has expired, which is noticed only now. */
  #nextReady(queue: string): Item | undefined {
    for (const item of this.#sorted(queue, 'ready')) {
      if (!this.#isExpired(item)) return item;
      this.#set(item, 'gone');
    }
    return undefined;
  }

  #isExpired(item: Item): boolean {
    return item.expires > 0 && item.expires * 1000 <= this.#now();
  }

  #set(item: Item, state: Item['state']): void {
    item.state = state;
    item.reservation = undefined;
  }

  #hand(item: Item, mode: Mode, leaseMs: number): Expected {
    const seen = { ...item };
    const attempt = item.attempts + 1;
    if (mode === 'take') {
      this.#set(item, 'gone');
      return { seen, attempt, reservation: undefined };
    }
    const reservation = { item, deadline: mode === 'lease' ? this.#now() + leaseMs : 0, token: 0 };
    this.#set(item, 'reserved');
    item.attempts = attempt;
    item.reservation = reservation;
    return { seen, attempt, reservation };
  }

  #giveBack(item: Item, counted: boolean): void {
    if (counted && item.attempts >= MAX_ATTEMPTS) {
      this.#set(item, 'failed');
      item.error = `attempt ${item.attempts} ended without an answer`;
      item.failedAt = this.#now();
      return;
    }
    if (!counted) item.attempts--;
    this.#set(item, 'ready');
    this.#serve(this.#queueOf(item));
  }

  #serve(queue: string): void {
    for (const waiter of this.waiters.filter((each) => each.queue === queue)) {
      const item = this.#nextReady(queue);
      if (item === undefined) return;
      this.waiters = this.waiters.filter((each) => each !== waiter);
      waiter.answer(this.#hand(item, waiter.mode, waiter.leaseMs));
    }
  }

  #endWaits(isOver: (waiter: Waiter) => boolean): void {
    const over = this.waiters.filter(isOver);
    this.waiters = this.waiters.filter((waiter) => !isOver(waiter));
    for (const waiter of over) waiter.answer(undefined);
  }
}

/** Compares an answer with what it has to be, and learns the token of a reservation. */
export function expectDelivery(delivery: Delivery | undefined, expected: Expected | undefined): void {
  expect(delivery && describeDelivery(delivery)).toEqual(
    expected && describeItem(expected.seen, expected.attempt),
  );
  if (delivery === undefined || expected === undefined) return;
  expect(delivery.enqueuedAt).toBe(expected.seen.enqueuedAt);
  expect(delivery.flags).toBe(expected.seen.flags);
  if (expected.seen.state !== 'failed') {
    expect(delivery.failedAt).toBe(0);
  } else {
    // A body may have to be read, or room to be made, before the failure is on record.
    expect(delivery.failedAt).toBeGreaterThanOrEqual(expected.seen.failedAt);
    expect(delivery.failedAt).toBeLessThanOrEqual(Date.now());
  }
  expect(delivery.token > 0).toBe(expected.reservation !== undefined);
  if (expected.reservation !== undefined) expected.reservation.token = delivery.token;
}

export function describeDelivery(delivery: Delivery): string {
  return describe(textOf(delivery), delivery.attempt, delivery.error);
}

function describeItem({ body, error }: Item, attempt: number): string {
  return describe(body, attempt, error);
}

/** Bodies begin with a number of their own; the rest is one character, which has to be the same all over. */
function describe(body: string, attempt: number, error: string): string {
  const head = /^\d+:(.?)/.exec(body);
  const filler = head?.[1] ?? '';
  const isWhole =
    head !== null &&
    body === `${Number.parseInt(body, 10)}:${filler.repeat(body.length - head[0].length + filler.length)}`;
  return `${isWhole ? `${head[0]} x ${body.length}` : 'garbage'}, attempt ${attempt}, error "${error}"`;
}
