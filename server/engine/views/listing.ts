import type { ListedState, MessageFilter, MessagePage, MessageRow } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import { isAfter, type Key } from '../state/key.ts';
import { NONE } from '../state/message-table.ts';
import { Nearest } from '../state/nearest.ts';
import { type Branch, HeapBranch, OrderedWalk } from '../state/ordered-walk.ts';
import type { Queue } from '../state/queue.ts';
import { cursorText, keyOf, type ListCursor, parseCursor, rankOf } from './cursor.ts';
import { bitsOf, isShown, listedStateOf, rowOf } from './message-row.ts';
import { SLICE_MS, Slices } from './slices.ts';

/** What is looked at in one turn. */
const BOUNDS = {
  /** Messages of lists that are not sorted as they are to be told. */
  few: 5000,
  /** Places of an ordered walk. */
  steps: 80_000,
  /** For one page messages of lists that are sorted so, in several turns. */
  looks: 10_000,
  /** Messages between two looks at the clock, and milliseconds of a slice. */
  found: 64,
  sliceMs: SLICE_MS,
};
/** Slots that are passed before a look at the clock. */
const SLOTS_AT_ONCE = 16_384;

/** What is to be listed. Without a queue: of all of them. */
interface Wanted {
  readonly state: ListedState;
  readonly queue: Queue | undefined;
  readonly after: Key | undefined;
  readonly most: number;
  readonly accepts: (slot: number) => boolean;
}

/** A message in a list, and what it is sorted by there. */
interface Entry extends Key {
  readonly slot: number;
}

interface PlacedEntry extends Entry {
  place: number;
}

interface Found {
  readonly entries: readonly Entry[];
  readonly scanned: number;
  /** What it has looked at last, where it has not come to the end, nor found enough. */
  readonly stopped?: Key;
}

/** A page of a list, with what each of its rows is sorted by. */
export interface Listed extends MessagePage {
  readonly entries: readonly Entry[];
}

/**
 * Lists messages in order, from the table. A list that is short, or of which a walk in order comes to a page soon, is told as
 * it is at one moment. For all others one goes through the whole table in slices: a message keeps its slot, so that none of
 * those that stay is missed.
 */
export class Listing {
  readonly #base: Foundation;
  /** Tests have less in a turn. */
  readonly bounds = { ...BOUNDS };

  constructor(base: Foundation) {
    this.#base = base;
  }

  /** A page of a queue, without a look at texts. */
  async page(filter: MessageFilter, cursor: string | undefined, limit: number): Promise<Listed> {
    const after = parseCursor(filter.state, cursor);
    const queue = this.#base.state.queues.get(filter.queue);
    if (queue === undefined) return { rows: [], entries: [], next: undefined, scanned: 0 };
    const { group, errorGroup } = filter;
    const { state } = this.#base;
    const accepts = (slot: number) =>
      (group === undefined || (state.groupOf(slot) ?? '') === group) &&
      (errorGroup === undefined || state.errorGroupOf(slot) === errorGroup);
    return this.#page(filter.state, queue, after, limit, accepts);
  }

  /** What readers have, of one queue or of all; not what the engine has set aside for itself. */
  async running(queue: Queue | undefined, cursor: string | undefined, limit: number): Promise<Listed> {
    const { leases } = this.#base.state;
    const after = parseCursor('reserved', cursor);
    return this.#page('reserved', queue, after, limit, (slot) => leases.of(slot).isAttempt);
  }

  async #page(
    state: ListedState,
    queue: Queue | undefined,
    after: ListCursor | undefined,
    limit: number,
    accepts: (slot: number) => boolean,
  ): Promise<Listed> {
    const near = after?.near ?? NONE;
    // One more tells whether there are more.
    const wanted: Wanted = { state, queue, after, most: limit + 1, accepts };
    const found = this.#now(wanted, near) ?? (await this.#inOrder(wanted)) ?? (await this.#inSlices(wanted));
    const { scanned } = found;
    const told = found.entries.slice(0, limit);
    const last = found.entries.length > limit ? told.at(-1) : found.stopped;
    const entries = told.filter((entry) => this.#isThere(entry, wanted));
    return {
      rows: entries.map(({ slot }): MessageRow => rowOf(this.#base, slot)),
      entries,
      next: last === undefined ? undefined : cursorText(state, last, this.#near(queue, told, near)),
      scanned,
    };
  }

  /** Undefined where that would take too long. */
  #now(wanted: Wanted, near: number): Found | undefined {
    const { state, queue } = wanted;
    if (queue === undefined) return undefined;
    if (state === 'ready')
      return this.#walk((key) => queue.ready.branches(this.#isNear(queue, near, key) ? near : NONE), wanted);
    const few = fewOf(queue, state, this.bounds.few);
    if (few !== undefined) return this.#allOf(few, wanted);
    if (state !== 'delayed') return undefined;
    return this.#walk(() => [new HeapBranch(this.#base.state.deadlines, 0)], wanted);
  }

  #walk(roots: (after: Key | undefined) => Iterable<Branch>, wanted: Wanted): Found | undefined {
    const { state, most } = wanted;
    const entries: Entry[] = [];
    let { after } = wanted;
    let scanned = 0;
    // Of those that it comes to all may be others than those that are wanted.
    for (let steps = this.bounds.steps, told = most; steps > 0; told *= 2) {
      const walk = new OrderedWalk(roots(after), after, told, steps);
      for (let slot = walk.next(); slot !== NONE; slot = walk.next()) {
        scanned++;
        after = keyOf(this.#base, slot, state);
        if (this.#isWanted(slot, wanted)) entries.push({ slot, ...after });
        if (entries.length === most) return { entries, scanned };
      }
      if (walk.isOver) return { entries, scanned };
      steps = walk.stepsLeft;
    }
    return undefined;
  }

  /** By an order that is kept of the state: in slices, and up to a number of looks. Undefined where there is none. */
  async #inOrder(wanted: Wanted): Promise<Found | undefined> {
    const { state, queue, most } = wanted;
    const entries: Entry[] = [];
    const slices = new Slices(this.bounds.sliceMs);
    let { after } = wanted;
    for (let scanned = 0; ; ) {
      const slots = this.#sorted(state, queue, after);
      if (slots === undefined) return undefined;
      let isPart = false;
      for (const slot of slots) {
        scanned++;
        after = keyOf(this.#base, slot, state);
        if (this.#isWanted(slot, wanted)) entries.push({ slot, ...after });
        if (entries.length === most) return { entries, scanned };
        if (scanned === this.bounds.looks) return { entries, scanned, stopped: after };
        isPart = scanned % this.bounds.found === 0 && slices.isOver;
        if (isPart) break;
      }
      if (!isPart) return { entries, scanned };
      await slices.next();
    }
  }

  #sorted(
    state: ListedState,
    queue: Queue | undefined,
    after: Key | undefined,
  ): Iterable<number> | undefined {
    if (state === 'reserved') return this.#base.state.leases.behind(after);
    if (queue === undefined) return undefined;
    if (state === 'failed') return queue.failed.byTime.behind(after);
    return state === 'ended' ? queue.ended.behind(after) : undefined;
  }

  #allOf(slots: Iterable<number>, wanted: Wanted): Found {
    const best = new Nearest<PlacedEntry>(wanted.most);
    let scanned = 0;
    for (const slot of slots) {
      scanned++;
      this.#offer(slot, wanted, best);
    }
    return { entries: inOrder(best), scanned };
  }

  async #inSlices(wanted: Wanted): Promise<Found> {
    const { table } = this.#base.state;
    const { queue, state } = wanted;
    const best = new Nearest<PlacedEntry>(wanted.most);
    const slices = new Slices(this.bounds.sliceMs);
    await slices.next();
    let scanned = 0;
    const bits = bitsOf(state);
    for (let from = 0; from < table.end; from += SLOTS_AT_ONCE) {
      const to = from + SLOTS_AT_ONCE;
      for (let slot = from; ; slot++) {
        slot = table.find(slot, to, bits, queue?.number);
        if (slot === to) break;
        this.#offer(slot, wanted, best);
        if (++scanned % this.bounds.found === 0 && slices.isOver) await slices.next();
      }
      if (slices.isOver) await slices.next();
    }
    return { entries: inOrder(best), scanned };
  }

  #offer(slot: number, wanted: Wanted, best: Nearest<PlacedEntry>): void {
    const { state, after } = wanted;
    // Most of very many are not for this page.
    const rank = rankOf(this.#base.state, slot, state);
    if (!best.takes(rank, Number.NEGATIVE_INFINITY) || (after !== undefined && rank < after.rank)) return;
    const key = keyOf(this.#base, slot, state);
    if ((after !== undefined && !isAfter(key, after)) || !best.takes(key.rank, key.order)) return;
    if (this.#isWanted(slot, wanted)) best.offer({ slot, ...key, place: 0 });
  }

  #isWanted(slot: number, { state, queue, accepts }: Wanted): boolean {
    const base = this.#base;
    if (queue !== undefined && base.state.queueOf(slot) !== queue) return false;
    return listedStateOf(base, slot) === state && isShown(base, slot) && accepts(slot);
  }

  /** Whether a message is still where it was when it was found. */
  #isThere({ slot, rank, order }: Entry, wanted: Wanted): boolean {
    if (!this.#base.state.table.has(slot) || !this.#isWanted(slot, wanted)) return false;
    const key = keyOf(this.#base, slot, wanted.state);
    return key.rank === rank && key.order === order;
  }

  /** The slot that the next page may begin its walk at. */
  #near(queue: Queue | undefined, told: readonly Entry[], before: number): number {
    if (queue === undefined) return NONE;
    const inList = told.findLast(
      ({ slot }) => this.#isNear(queue, slot, undefined) && queue.ready.isInList(slot),
    );
    return inList?.slot ?? before;
  }

  /** Whether a slot has a ready message of the queue that does not come behind a key. */
  #isNear(queue: Queue, slot: number, key: Key | undefined): boolean {
    const base = this.#base;
    if (slot === NONE || !base.state.table.has(slot) || base.state.queueOf(slot) !== queue) return false;
    if (listedStateOf(base, slot) !== 'ready' || !isShown(base, slot)) return false;
    return key === undefined || !isAfter(keyOf(base, slot, 'ready'), key);
  }
}

/** What a queue has in a state, if that is little. Of what is over an order is kept, however little that is. */
function fewOf(
  queue: Queue,
  state: Exclude<ListedState, 'ready'>,
  few: number,
): Iterable<number> | undefined {
  const count = queue[`${state}Count`];
  if (count === 0) return [];
  return state === 'failed' || state === 'ended' || count > few ? undefined : queue[state];
}

function inOrder(entries: Nearest<PlacedEntry>): Entry[] {
  return [...entries.items].sort((a, b) => (isAfter(a, b) ? 1 : -1));
}
