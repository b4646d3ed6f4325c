import type { GroupLimits } from './flow.ts';
import { Group, GroupBranch, GroupHeap } from './group.ts';
import { type MessageTable, NONE, row } from './message-table.ts';
import type { Branch } from './ordered-walk.ts';

/**
 * The messages of a queue that belong to groups: those that are ready, in order, and how many wait for their backoff.
 * A group with neither has no object.
 */
export class Groups {
  readonly #table: MessageTable;
  readonly #limits: GroupLimits;
  readonly #groups = new Map<string, Group>();
  /** Those with something ready: that may go on, and that may not. */
  #open: GroupHeap;
  #held: GroupHeap;
  #lastTurn = 0;
  /** Messages without a group take turns as one group more; see `Group.turn`. */
  plainTurn = 0;
  /** How many messages are ready. */
  size = 0;

  constructor(table: MessageTable, limits: GroupLimits) {
    this.#table = table;
    this.#limits = limits;
    this.#open = this.#newHeap();
    this.#held = this.#newHeap();
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** How many messages are ready whose group may not go on. */
  get heldCount(): number {
    return this.#held.items.reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether a group has something ready and may not go on. */
  isHeld(name: string): boolean {
    const group = this.#groups.get(name);
    return group !== undefined && this.#held.has(group);
  }

  /** The name of a group: one string for all of its messages. */
  nameOf(name: string): string {
    return this.#groups.get(name)?.name ?? name;
  }

  /** The slot that is next, of those whose group may go on and of `plain`, the first one without a group; or NONE. */
  next(plain: number): number {
    return this.#earlier(plain, this.#open);
  }

  /** The same, whether its group may go on or not. */
  peek(plain: number): number {
    const { firstRank, firstOrder } = this.#open;
    const held = this.#held;
    const isHeld =
      held.firstRank < firstRank || (held.firstRank === firstRank && held.firstOrder < firstOrder);
    return this.#earlier(plain, isHeld ? held : this.#open);
  }

  insert(slot: number, name: string): void {
    const group = this.#group(name);
    const first = group.peek();
    group.insert(slot);
    this.size++;
    if (first === NONE) group.turn = ++this.#lastTurn;
    if (group.peek() !== first) this.#place(group);
  }

  /** Removes a slot that is in here. */
  remove(slot: number, name: string): void {
    const group = this.#groups.get(name) as Group;
    const first = group.peek();
    group.remove(slot);
    this.size--;
    if (group.peek() !== first) this.#place(group);
  }

  /** So many messages more of a group, or fewer, wait for their backoff. */
  block(name: string, change: number): void {
    const group = this.#group(name);
    group.blocked += change;
    this.#place(group);
  }

  /** Another number of its messages is reserved. */
  reconsider(name: string): void {
    const group = this.#groups.get(name);
    if (group !== undefined && this.#isMisplaced(group)) this.#place(group);
  }

  /** A message without a group is ready, as the only one. */
  joinPlain(): void {
    this.plainTurn = ++this.#lastTurn;
  }

  /** A message was started: it is the turn of all other groups first. */
  endTurn(name: string | undefined): void {
    const turn = ++this.#lastTurn;
    if (name === undefined) {
      this.plainTurn = turn;
      return;
    }
    const group = this.#groups.get(name);
    if (group === undefined) return;
    group.turn = turn;
    if (this.#open.byTurn) this.#place(group);
  }

  /** The rules are others, or it is not known what has changed. There may be very many groups, most of which are where they belong. */
  reorder(): void {
    if (this.#open.byTurn === this.#limits.flow.isFair) {
      const misplaced = [...this.#groups.values()].filter((group) => this.#isMisplaced(group));
      // Else it takes less to place all of them anew.
      if (misplaced.length < this.#groups.size / 4) {
        for (const group of misplaced) this.#place(group);
        return;
      }
    }
    this.#open = this.#newHeap();
    this.#held = this.#newHeap();
    for (const group of this.#groups.values()) this.#place(group);
  }

  /** All slots, in no particular order. */
  all(): number[] {
    return [...this.#groups.values()].flatMap((group) => group.all());
  }

  isInList(slot: number, name: string): boolean {
    return this.#groups.get(name)?.isInList(slot) === true;
  }

  /** The beginnings of an ordered walk; for `near` see `ReadyQueue.branches`. */
  *branches(near: number): Iterable<Branch> {
    if (this.#open.byTurn) {
      for (const group of this.#groups.values()) yield* group.branches(this.#nearIn(group, near));
      return;
    }
    const branchesOf = (group: Group) => group.branches(this.#nearIn(group, near));
    for (const heap of [this.#open, this.#held])
      if (heap.size > 0) yield new GroupBranch(heap, 0, branchesOf);
  }

  /** The groups, those whose turn is first before the others. */
  inTurn(): Group[] {
    return [...this.#groups.values()].sort((a, b) => a.turn - b.turn);
  }

  #nearIn(group: Group, near: number): number {
    return near !== NONE && this.#table.page(near).group(row(near)) === group.name ? near : NONE;
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = new Group(this.#table, name);
    this.#groups.set(name, group);
    return group;
  }

  /** Whether a group is where it belongs no more, though its first message and its turn are what they were. */
  #isMisplaced(group: Group): boolean {
    return this.#open.has(group) !== this.#mayGoOn(group);
  }

  /** Puts a group where it belongs now. */
  #place(group: Group): void {
    if (this.#open.has(group)) this.#open.remove(group);
    else if (this.#held.has(group)) this.#held.remove(group);
    if (group.size > 0) (this.#mayGoOn(group) ? this.#open : this.#held).add(group);
    else if (group.blocked === 0) this.#groups.delete(group.name);
  }

  #mayGoOn({ name, blocked }: Group): boolean {
    const { flow } = this.#limits;
    return (blocked === 0 || !flow.isStrict) && this.#limits.runningOf(name) < flow.groupRunning;
  }

  /** The first slot of a heap, or the plain one where that comes before it. */
  #earlier(plain: number, heap: GroupHeap): number {
    const { first, firstRank, firstOrder } = heap;
    if (first === undefined) return plain;
    if (plain === NONE) return first.peek();
    const page = this.#table.page(plain);
    const rank = page.priority(row(plain));
    const order = heap.byTurn ? this.plainTurn : page.order[row(plain)];
    const isPlain = rank < firstRank || (rank === firstRank && order < firstOrder);
    return isPlain ? plain : first.peek();
  }

  #newHeap(): GroupHeap {
    return new GroupHeap(this.#table, this.#limits.flow.isFair);
  }
}
