import { DEFAULT_PRIORITY } from '../api.ts';

/** Where in its life a message is. The numbers are part of the journal's format. */
export const MessageState = {
  free: 0,
  ready: 1,
  delayed: 2,
  reserved: 3,
  failed: 4,
  /** Over; what is left is the status of a job that has an id. */
  finished: 5,
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
  readonly sequence = new Float64Array(PAGE_SIZE);
  /** Where its journal record is: segment number, byte offset, and the record's length in bytes. */
  readonly segment = new Uint32Array(PAGE_SIZE);
  readonly offset = new Uint32Array(PAGE_SIZE);
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
  /** Engine time at which its delay or lease ends, or its status is forgotten. */
  #due: Float64Array | undefined;
  /** Its place in the heap that it is in. */
  #place: Uint32Array | undefined;
  /** The id that the client gave it. */
  #jobIds: (string | undefined)[] | undefined;
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

  jobId(i: number): string | undefined {
    return this.#jobIds?.[i];
  }

  setJobId(i: number, jobId: string | undefined): void {
    if (this.#jobIds === undefined && jobId === undefined) return;
    this.#jobIds ??= new Array(PAGE_SIZE).fill(undefined);
    this.#jobIds[i] = jobId;
  }
}

/**
 * Messages by slot: a small number that stays the message's own from its enqueueing to its end, and by which
 * journal records refer to it. Pages come and go with the messages; no array is copied to grow.
 */
export class MessageTable {
  readonly #pages: (Page | undefined)[] = [];
  /** Pages with a free slot, each once; also some that are gone by now. */
  readonly #open: number[] = [];
  /** The last page that became empty. It is kept, for a queue that fills and empties again and again. */
  #empty: Page | undefined;
  /** Messages in the table. */
  size = 0;

  /** A slot for a new message. */
  allocate(): number {
    while (this.#open.length > 0) {
      const index = this.#open[this.#open.length - 1] as number;
      const page = this.#pages[index];
      if (page !== undefined) return this.#take(page, index);
      this.#open.pop();
    }
    let index = this.#pages.indexOf(undefined);
    if (index < 0) index = this.#pages.length;
    const page = this.#addPage(index);
    return this.#take(page, index);
  }

  /**
   * Takes the free slot of that number, for replay: the journal says which it was. The caller sets its state.
   * The free lists are wrong from here on, until `rebuildFree`.
   */
  claim(slot: number): void {
    const index = slot >>> PAGE_BITS;
    const page = this.#pages[index] ?? this.#addPage(index);
    page.used++;
    this.size++;
  }

  /** Ends a replay: finds the free slots anew. */
  rebuildFree(): void {
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
      for (let at = PAGE_SIZE - 1; at >= 0; at--) {
        if (page.state[at] !== MessageState.free) continue;
        page.next[at] = page.freeHead;
        page.freeHead = at;
      }
      if (page.freeHead !== NONE) this.#open.push(index);
    }
  }

  free(slot: number): void {
    const index = slot >>> PAGE_BITS;
    const page = this.#pages[index] as Page;
    const at = slot & PAGE_MASK;
    page.state[at] = MessageState.free;
    page.next[at] = page.freeHead;
    if (page.freeHead === NONE) this.#open.push(index);
    page.freeHead = at;
    this.size--;
    if (--page.used > 0) return;
    if (this.#empty === undefined || this.#empty.used > 0) this.#empty = page;
    else if (this.#empty !== page) this.#pages[index] = undefined;
  }

  /** True when the slot holds a message. */
  has(slot: number): boolean {
    const page = this.#pages[slot >>> PAGE_BITS];
    return page !== undefined && page.state[slot & PAGE_MASK] !== MessageState.free;
  }

  page(slot: number): Page {
    return this.#pages[slot >>> PAGE_BITS] as Page;
  }

  /** All slots in use, in no particular order. */
  *slots(): Iterable<number> {
    for (const [index, page] of this.#pages.entries()) {
      if (page === undefined) continue;
      for (let at = 0; at < PAGE_SIZE; at++) {
        if (page.state[at] !== MessageState.free) yield index * PAGE_SIZE + at;
      }
    }
  }

  /** A slot of the page, which is the last one of `#open`. */
  #take(page: Page, index: number): number {
    const at = page.freeHead;
    page.freeHead = page.next[at] as number;
    if (page.freeHead === NONE) this.#open.pop();
    page.used++;
    this.size++;
    return index * PAGE_SIZE + at;
  }

  #addPage(index: number): Page {
    const page = new Page();
    for (let at = 0; at < PAGE_SIZE - 1; at++) page.next[at] = at + 1;
    page.next[PAGE_SIZE - 1] = NONE;
    page.freeHead = 0;
    this.#pages[index] = page;
    this.#open.push(index);
    return page;
  }
}

/** The place of a slot within its page. */
export function at(slot: number): number {
  return slot & PAGE_MASK;
}

export type { Page };
