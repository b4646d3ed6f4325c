import { type MessageTable, NONE, row } from './message-table.ts';
import { Branch, passHeap, type WalkStart } from './ordered-walk.ts';
import { RankedHeap } from './ranked-heap.ts';
import { ReadyQueue } from './ready-queue.ts';

/** The ready messages of a group, and what its turn goes by. There may be very many groups, so this is one flat object. */
export class Group extends ReadyQueue {
  readonly name: string;
  /** How many of its messages have had an attempt and wait for their backoff. */
  blocked = 0;
  /** Groups whose number is smaller have their turn first. */
  turn = 0;
  /** Its place in the heap that it is in. */
  place = 0;

  constructor(table: MessageTable, name: string) {
    super(table);
    this.name = name;
  }
}

/** Groups that have something ready, by the priority of their first message, and then by its order or by their turns. */
export class GroupHeap extends RankedHeap<Group> {
  readonly #table: MessageTable;
  readonly byTurn: boolean;

  constructor(table: MessageTable, byTurn: boolean) {
    super();
    this.#table = table;
    this.byTurn = byTurn;
  }

  get first(): Group | undefined {
    return this.items[0];
  }

  /** Neither the first message of a group nor its turn may change as long as it is in here. */
  add(group: Group): void {
    const slot = group.peek();
    const page = this.#table.page(slot);
    this.addRanked(group, page.priority(row(slot)), this.byTurn ? group.turn : page.order[row(slot)]);
  }

  protected override placeOf(group: Group): number {
    return group.place;
  }

  protected override setPlace(group: Group, place: number): void {
    group.place = place;
  }
}

/** A group in a heap that is not by turns: what is reached through it are its messages, and other groups. */
export class GroupBranch extends Branch {
  readonly #heap: GroupHeap;
  readonly #at: number;
  readonly #branchesOf: (group: Group) => Branch[];

  constructor(heap: GroupHeap, at: number, branchesOf: (group: Group) => Branch[]) {
    super(NONE, heap.rankAt(at), heap.orderAt(at));
    this.#heap = heap;
    this.#at = at;
    this.#branchesOf = branchesOf;
  }

  override next(): Branch[] {
    const below: number[] = [];
    this.#heap.pushBelow(this.#at, below);
    const groups = below.map((place) => this.#branchAt(place));
    return [...this.#branchesOf(this.#heap.items[this.#at]), ...groups];
  }

  override pass(start: WalkStart): void {
    const passed = (group: Group) => {
      for (const branch of this.#branchesOf(group)) branch.pass(start);
    };
    passHeap(this.#heap, this.#at, start, (at) => this.#branchAt(at), passed);
  }

  #branchAt(place: number): GroupBranch {
    return new GroupBranch(this.#heap, place, this.#branchesOf);
  }
}
