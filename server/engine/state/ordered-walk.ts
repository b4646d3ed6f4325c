import type { Key } from './key.ts';
import { type MessageTable, NONE, row } from './message-table.ts';
import { Nearest, type Placed } from './nearest.ts';
import { RankedHeap } from './ranked-heap.ts';
import type { SlotHeap } from './slot-heap.ts';

/** As many places are passed in the time that it takes to tell a message. */
const TELLING_STEPS = 8;

const BEFORE_ALL: Key = { rank: Number.NEGATIVE_INFINITY, order: Number.NEGATIVE_INFINITY };

/** A place in lists and heaps of messages: nothing that is reached through it only comes before it. */
export abstract class Branch implements Placed {
  /** The message that is here; NONE: none, but there is one of that key further on. */
  readonly slot: number;
  readonly rank: number;
  readonly order: number;
  /** Its place among others. */
  place = 0;

  constructor(slot: number, rank: number, order: number) {
    this.slot = slot;
    this.rank = rank;
    this.order = order;
  }

  /** What is reached through it next. */
  abstract next(): Branch[];

  /** Offers the first places behind what is not behind a key, of all that is reached through it. */
  abstract pass(start: WalkStart): void;
}

/** Looks for the places behind a key at which a walk begins. */
export class WalkStart extends Nearest<Branch> {
  readonly #after: Key;
  /** How many places may still be looked at. */
  #left: number;

  constructor(after: Key, most: number, mostSteps: number) {
    super(most);
    this.#after = after;
    this.#left = mostSteps;
  }

  get stepsLeft(): number {
    return this.#left;
  }

  /** Looks at one more place, if it may. */
  step(): boolean {
    return this.#left-- > 0;
  }

  isBehind(rank: number, order: number): boolean {
    const { rank: afterRank, order: afterOrder } = this.#after;
    return rank > afterRank || (rank === afterRank && order > afterOrder);
  }
}

/** A place in a list that is sorted. */
export class ListBranch extends Branch {
  readonly #table: MessageTable;

  constructor(table: MessageTable, slot: number) {
    const page = table.page(slot);
    super(slot, page.priority(row(slot)), page.order[row(slot)]);
    this.#table = table;
  }

  override next(): Branch[] {
    const next = this.#table.page(this.slot).next[row(this.slot)];
    return next === NONE ? [] : [new ListBranch(this.#table, next)];
  }

  override pass(start: WalkStart): void {
    for (let { slot } = this; slot !== NONE && start.step(); ) {
      const page = this.#table.page(slot);
      const rank = page.priority(row(slot));
      const order = page.order[row(slot)];
      if (start.isBehind(rank, order)) {
        if (start.takes(rank, order)) start.offer(new ListBranch(this.#table, slot));
        return;
      }
      slot = page.next[row(slot)];
    }
  }
}

/** A place in a heap. */
export class HeapBranch extends Branch {
  readonly #heap: SlotHeap;
  readonly #at: number;

  constructor(heap: SlotHeap, at: number) {
    super(heap.items[at], heap.rankAt(at), heap.orderAt(at));
    this.#heap = heap;
    this.#at = at;
  }

  override next(): Branch[] {
    const below: number[] = [];
    this.#heap.pushBelow(this.#at, below);
    return below.map((place) => new HeapBranch(this.#heap, place));
  }

  override pass(start: WalkStart): void {
    passHeap(this.#heap, this.#at, start, (at) => new HeapBranch(this.#heap, at));
  }
}

/** Offers the first places of a heap behind a key; `passed` is told all on the way to these. */
export function passHeap<T>(
  heap: RankedHeap<T>,
  from: number,
  start: WalkStart,
  branchAt: (at: number) => Branch,
  passed?: (item: T) => void,
): void {
  const open = [from];
  for (let at = open.pop(); at !== undefined && start.step(); at = open.pop()) {
    const rank = heap.rankAt(at);
    const order = heap.orderAt(at);
    if (start.isBehind(rank, order)) {
      if (start.takes(rank, order)) start.offer(branchAt(at));
      continue;
    }
    passed?.(heap.items[at]);
    heap.pushBelow(at, open);
  }
}

class Frontier extends RankedHeap<Branch> {
  add(branch: Branch): void {
    this.addRanked(branch, branch.rank, branch.order);
  }

  protected override placeOf(branch: Branch): number {
    return branch.place;
  }

  protected override setPlace(branch: Branch, place: number): void {
    branch.place = place;
  }
}

/**
 * Goes through messages in order, from lists and heaps together and without sorting them: what it costs is told by how many
 * it passes. Nothing may change meanwhile.
 */
export class OrderedWalk {
  readonly #frontier = new Frontier();
  /** How many messages can still be told. */
  #most: number;
  /** How many places may still be looked at. */
  #left: number;

  /** Behind a key, if one is given; at least `most` messages can be told, and at most so many places are looked at. */
  constructor(roots: Iterable<Branch>, after: Key | undefined, most: number, mostSteps: number) {
    const start = new WalkStart(after ?? BEFORE_ALL, most, mostSteps);
    for (const root of roots) {
      if (start.stepsLeft <= 0) break;
      root.pass(start);
    }
    // Of each place at least one message comes, so that only the nearest matter.
    for (const branch of [...start.items]) this.#frontier.add(branch);
    this.#most = start.isCut ? most : Number.POSITIVE_INFINITY;
    this.#left = start.stepsLeft;
  }

  get stepsLeft(): number {
    return this.#left;
  }

  /** Whether there is no more behind what was told. */
  get isOver(): boolean {
    return this.#frontier.size === 0 && this.#most === Number.POSITIVE_INFINITY && this.#left > 0;
  }

  /** The next message; NONE at the end, when it has told all that it can, and when it may not look any further. */
  next(): number {
    while (this.#left > 0 && this.#most > 0 && this.#frontier.size > 0) {
      const first = this.#frontier.items[0];
      this.#frontier.remove(first);
      this.#left -= TELLING_STEPS;
      for (const branch of first.next()) this.#frontier.add(branch);
      if (first.slot === NONE) continue;
      this.#most--;
      return first.slot;
    }
    return NONE;
  }
}
