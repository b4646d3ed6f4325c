import type { Backoff } from '../../../shared/backoff.ts';
import { packBackoff, unpackBackoff } from './own-rules.ts';
import { deathsIn, diedSilentlyIn, packSetbacks } from './setbacks.ts';

/** The priority of a message that names none. */
export const DEFAULT_PRIORITY = 1024;

/** Where in its life a message is. The numbers are part of the log's format. */
export const MessageState = {
  free: 0,
  ready: 1,
  delayed: 2,
  reserved: 3,
  failed: 4,
  /** Over; what is left is the status of a job that has an id. */
  ended: 5,
  /** Reserved, and not to be repeated when that ends. */
  cancelled: 6,
} as const;
export type MessageState = (typeof MessageState)[keyof typeof MessageState];

const PAGE_BITS = 12;
const PAGE_SIZE = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_SIZE - 1;

/** End of a list of slots; no slot has this number. */
export const NONE = 0xffff_ffff;

/**
 * The messages of 4096 slots, a column an array: 31 bytes a message, and nothing for the garbage collector to
 * look at. Columns that few messages need come with the first of a page that does.
 */
class Page {
  /** The message's place among those of its priority; its id is the absolute value. Negative: prepended. */
  readonly order = new Float64Array(PAGE_SIZE);
  /** Where its last record is in the log, and that record's bytes. */
  readonly position = new Float64Array(PAGE_SIZE);
  readonly size = new Uint32Array(PAGE_SIZE);
  /** Its neighbours in the list it is in. */
  readonly next = new Uint32Array(PAGE_SIZE);
  readonly previous = new Uint32Array(PAGE_SIZE);
  readonly attempts = new Uint16Array(PAGE_SIZE);
  readonly state = new Uint8Array(PAGE_SIZE);
  /** The numbers of their queues; where there are none, all are in the one of `#onlyQueue`. */
  #queues: Uint32Array | undefined;
  #onlyQueue = 0;
  /** Where there is none, all have `DEFAULT_PRIORITY`. */
  #priority: Uint32Array | undefined;
  /** Epoch seconds at which it expires; 0 never. */
  #expires: Uint32Array | undefined;
  /** Engine time at which its delay or lease ends, its status is forgotten, or it has failed. */
  #due: Float64Array | undefined;
  /** Its place in the heap that it is in. */
  #place: Uint32Array | undefined;
  /** The number of its error group, of one that has failed. */
  #errorGroups: Uint16Array | undefined;
  /** As `packSetbacks` has them; where there are none, no attempt has ended with a death. */
  #setbacks: Uint16Array | undefined;
  /** The id that the client gave it. */
  #jobIds: (string | undefined)[] | undefined;
  /** The group that it belongs to. */
  #groups: (string | undefined)[] | undefined;
  /** Its own limit of attempts; 0 for none. */
  #maxAttempts: Uint16Array | undefined;
  /** Its own backoff, as `packBackoff` has it; NaN for none. */
  #backoffs: Float64Array | undefined;
  /** Free slots of this page are linked through `next`. */
  freeHead = NONE;
  used = 0;

  queue(i: number): number {
    return this.#queues === undefined ? this.#onlyQueue : (this.#queues[i] as number);
  }

  /** The queue's number, of a message that `used` counts already. */
  setQueue(i: number, queue: number): void {
    if (this.#queues === undefined) {
      if (this.used === 1) this.#onlyQueue = queue;
      if (this.#onlyQueue === queue) return;
      this.#queues = new Uint32Array(PAGE_SIZE).fill(this.#onlyQueue);
    }
    this.#queues[i] = queue;
  }

  priority(i: number): number {
    return this.#priority === undefined ? DEFAULT_PRIORITY : (this.#priority[i] as number);
  }

  setPriority(i: number, priority: number): void {
    if (this.#priority === undefined) {
      if (priority === DEFAULT_PRIORITY) return;
      this.#priority = new Uint32Array(PAGE_SIZE).fill(DEFAULT_PRIORITY);
    }
    this.#priority[i] = priority;
  }

  expires(i: number): number {
    return this.#expires === undefined ? 0 : (this.#expires[i] as number);
  }

  setExpires(i: number, expires: number): void {
    if (this.#expires === undefined && expires === 0) return;
    this.#expires ??= new Uint32Array(PAGE_SIZE);
    this.#expires[i] = expires;
  }

  due(i: number): number {
    return this.#due === undefined ? 0 : (this.#due[i] as number);
  }

  setDue(i: number, due: number): void {
    if (this.#due === undefined && due === 0) return;
    this.#due ??= new Float64Array(PAGE_SIZE);
    this.#due[i] = due;
  }

  place(i: number): number {
    return this.#place === undefined ? NONE : (this.#place[i] as number);
  }

  setPlace(i: number, place: number): void {
    this.#place ??= new Uint32Array(PAGE_SIZE);
    this.#place[i] = place;
  }

  errorGroup(i: number): number {
    return this.#errorGroups === undefined ? 0 : (this.#errorGroups[i] as number);
  }

  setErrorGroup(i: number, group: number): void {
    this.#errorGroups ??= new Uint16Array(PAGE_SIZE);
    this.#errorGroups[i] = group;
  }

  deaths(i: number): number {
    return this.#setbacks === undefined ? 0 : deathsIn(this.#setbacks[i] as number);
  }

  diedSilently(i: number): boolean {
    return this.#setbacks !== undefined && diedSilentlyIn(this.#setbacks[i] as number);
  }

  setSetbacks(i: number, deaths: number, diedSilently: boolean): void {
    const packed = packSetbacks(deaths, diedSilently);
    if (this.#setbacks === undefined && packed === 0) return;
    this.#setbacks ??= new Uint16Array(PAGE_SIZE);
    this.#setbacks[i] = packed;
  }

  jobId(i: number): string | undefined {
    return this.#jobIds?.[i];
  }

  setJobId(i: number, jobId: string | undefined): void {
    if (this.#jobIds === undefined && jobId === undefined) return;
    this.#jobIds ??= new Array(PAGE_SIZE).fill(undefined);
    this.#jobIds[i] = jobId;
  }

  group(i: number): string | undefined {
    return this.#groups?.[i];
  }

  setGroup(i: number, group: string | undefined): void {
    if (this.#groups === undefined && group === undefined) return;
    this.#groups ??= new Array(PAGE_SIZE).fill(undefined);
    this.#groups[i] = group;
  }

  /** Its own limit of attempts; 0: as its queue says. */
  maxAttempts(i: number): number {
    return this.#maxAttempts === undefined ? 0 : (this.#maxAttempts[i] as number);
  }

  /** Its own backoff; undefined: as its queue says. */
  backoff(i: number): Backoff | undefined {
    const packed = this.#backoffs?.[i] ?? Number.NaN;
    return Number.isNaN(packed) ? undefined : unpackBackoff(packed);
  }

  setOwnRules(i: number, maxAttempts: number, backoff: Backoff | undefined): void {
    if (maxAttempts !== 0) this.#maxAttempts ??= new Uint16Array(PAGE_SIZE);
    if (this.#maxAttempts !== undefined) this.#maxAttempts[i] = maxAttempts;
    if (backoff !== undefined) this.#backoffs ??= new Float64Array(PAGE_SIZE).fill(Number.NaN);
    if (this.#backoffs !== undefined)
      this.#backoffs[i] = backoff === undefined ? Number.NaN : packBackoff(backoff);
  }
}

/**
 * Messages by slot: a small number that stays the message's own from its enqueueing to its end, and by which
 * records refer to it. Pages come and go with the messages; no array is copied to grow.
 *
 * While events are replayed they say themselves which slots are taken; what is free is found by `rebuildFree`.
 */
export class MessageTable {
  readonly #pages: (Page | undefined)[] = [];
  /** Pages with a free slot, each once; also some that are gone by now. */
  readonly #open: number[] = [];
  /** The last page that became empty. It is kept, for a queue that fills and empties again and again. */
  #empty: Page | undefined;
  #isReplaying = true;
  /** Messages in the table. */
  size = 0;

  /** The slot that the next new message is to take. */
  nextFree(): number {
    while (this.#open.length > 0) {
      const index = this.#open[this.#open.length - 1] as number;
      const page = this.#pages[index];
      if (page !== undefined) return index * PAGE_SIZE + page.freeHead;
      this.#open.pop();
    }
    const gap = this.#pages.indexOf(undefined);
    const index = gap < 0 ? this.#pages.length : gap;
    return index * PAGE_SIZE + this.#addPage(index).freeHead;
  }

  /** Takes a free slot: the one of `nextFree`, or in a replay the one that the event says. The caller sets its state. */
  claim(slot: number): void {
    const index = slot >>> PAGE_BITS;
    const page = this.#pages[index] ?? this.#addPage(index);
    page.used++;
    this.size++;
    if (this.#isReplaying) return;
    page.freeHead = page.next[slot & PAGE_MASK] as number;
    if (page.freeHead === NONE) this.#open.pop();
  }

  free(slot: number): void {
    const index = slot >>> PAGE_BITS;
    const page = this.#pages[index] as Page;
    const i = slot & PAGE_MASK;
    page.state[i] = MessageState.free;
    this.size--;
    page.used--;
    if (!this.#isReplaying) {
      page.next[i] = page.freeHead;
      if (page.freeHead === NONE) this.#open.push(index);
      page.freeHead = i;
    }
    if (page.used > 0) return;
    if (this.#empty === undefined || this.#empty.used > 0) this.#empty = page;
    else if (this.#empty !== page) this.#pages[index] = undefined;
  }

  /** Ends a replay: finds the free slots. */
  rebuildFree(): void {
    this.#isReplaying = false;
    this.#open.length = 0;
    this.#empty = undefined;
    for (let index = this.#pages.length - 1; index >= 0; index--) {
      const page = this.#pages[index];
      if (page === undefined) continue;
      if (page.used === 0) {
        this.#pages[index] = undefined;
        continue;
      }
      page.freeHead = NONE;
      for (let i = PAGE_SIZE - 1; i >= 0; i--) {
        if (page.state[i] !== MessageState.free) continue;
        page.next[i] = page.freeHead;
        page.freeHead = i;
      }
      if (page.freeHead !== NONE) this.#open.push(index);
    }
  }

  /** True when the slot holds a message. */
  has(slot: number): boolean {
    const page = this.#pages[slot >>> PAGE_BITS];
    return page !== undefined && page.state[slot & PAGE_MASK] !== MessageState.free;
  }

  page(slot: number): Page {
    return this.#pages[slot >>> PAGE_BITS] as Page;
  }

  /** Behind the last slot. */
  get end(): number {
    return this.#pages.length * PAGE_SIZE;
  }

  /**
   * The first slot from `from` on, and below `to`, of a message in one of these states, as bits, and of that queue, if one is
   * named; `to` where there is none.
   */
  find(from: number, to: number, states: number, queue: number | undefined): number {
    const end = Math.min(to, this.end);
    for (let slot = from; slot < end; ) {
      const page = this.#pages[slot >>> PAGE_BITS];
      const pageEnd = Math.min(end, (slot | PAGE_MASK) + 1);
      if (page === undefined) {
        slot = pageEnd;
        continue;
      }
      for (; slot < pageEnd; slot++) {
        const i = slot & PAGE_MASK;
        if (((states >>> (page.state[i] as number)) & 1) === 0) continue;
        if (queue === undefined || page.queue(i) === queue) return slot;
      }
    }
    return to;
  }

  /** All slots in use, in no particular order. */
  *slots(): Iterable<number> {
    for (const [index, page] of this.#pages.entries()) {
      if (page === undefined) continue;
      for (let i = 0; i < PAGE_SIZE; i++) {
        if (page.state[i] !== MessageState.free) yield index * PAGE_SIZE + i;
      }
    }
  }

  #addPage(index: number): Page {
    const page = new Page();
    for (let i = 0; i < PAGE_SIZE - 1; i++) page.next[i] = i + 1;
    page.next[PAGE_SIZE - 1] = NONE;
    page.freeHead = 0;
    this.#pages[index] = page;
    if (!this.#isReplaying) this.#open.push(index);
    return page;
  }
}

/** A slot's row in its page. */
export function row(slot: number): number {
  return slot & PAGE_MASK;
}

/** A message's id, by its order. */
export function idOf(order: number): number {
  return Math.abs(order);
}

export type { Page };
