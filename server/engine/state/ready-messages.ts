import type { GroupLimits } from './flow.ts';
import { Groups } from './groups.ts';
import { type MessageTable, NONE, row } from './message-table.ts';
import type { Branch } from './ordered-walk.ts';
import { ReadyQueue } from './ready-queue.ts';

/**
 * The ready messages of a queue, by (priority, order). Those of a group are offered only when their group may go on.
 */
export class ReadyMessages {
  readonly #table: MessageTable;
  readonly #limits: GroupLimits;
  readonly #plain: ReadyQueue;
  /** undefined as long as nothing that waits has a group. */
  #groups: Groups | undefined;

  constructor(table: MessageTable, limits: GroupLimits) {
    this.#table = table;
    this.#limits = limits;
    this.#plain = new ReadyQueue(table);
  }

  get groups(): Groups | undefined {
    return this.#groups;
  }

  get size(): number {
    return this.#plain.size + (this.#groups?.size ?? 0);
  }

  /** The message that a reader gets, or NONE. */
  next(): number {
    const plain = this.#plain.peek();
    return this.#groups === undefined ? plain : this.#groups.next(plain);
  }

  /** The message that is first, whether its group may go on or not, or NONE. */
  peek(): number {
    const plain = this.#plain.peek();
    return this.#groups === undefined ? plain : this.#groups.peek(plain);
  }

  insert(slot: number): void {
    const group = this.#groupOf(slot);
    if (group !== undefined) {
      this.#groups ??= new Groups(this.#table, this.#limits);
      this.#groups.insert(slot, group);
      return;
    }
    if (this.#plain.size === 0) this.#groups?.joinPlain();
    this.#plain.insert(slot);
  }

  /** Removes a slot that is in here. */
  remove(slot: number): void {
    const group = this.#groupOf(slot);
    if (group === undefined) {
      this.#plain.remove(slot);
      return;
    }
    this.#groups?.remove(slot, group);
    this.#forgetGroups();
  }

  /** A message is delayed from now on; if it has had an attempt, its group waits for it. */
  delay(slot: number): void {
    const group = this.#groupWaitingFor(slot);
    if (group === undefined) return;
    this.#groups ??= new Groups(this.#table, this.#limits);
    this.#groups.block(group, 1);
  }

  /** A message is delayed no more. */
  endDelay(slot: number): void {
    const group = this.#groupWaitingFor(slot);
    if (group === undefined) return;
    this.#groups?.block(group, -1);
    this.#forgetGroups();
  }

  /** A message was started, and is in here no more: it is the turn of all other groups first. */
  endTurn(slot: number): void {
    this.#groups?.endTurn(this.#groupOf(slot));
  }

  /** Takes over all that others are, also for whom groups wait. */
  absorb(others: ReadyMessages): void {
    for (const slot of others.all()) this.insert(slot);
    for (const { name, blocked } of others.#groups?.inTurn() ?? []) {
      if (blocked === 0) continue;
      this.#groups ??= new Groups(this.#table, this.#limits);
      this.#groups.block(name, blocked);
    }
  }

  /** Whether a slot that is in here came in order. */
  isInList(slot: number): boolean {
    const group = this.#groupOf(slot);
    return group === undefined ? this.#plain.isInList(slot) : this.#groups?.isInList(slot, group) === true;
  }

  /** The beginnings of an ordered walk; for `near`, which is in here, see `ReadyQueue.branches`. */
  *branches(near = NONE): Iterable<Branch> {
    yield* this.#plain.branches(near === NONE || this.#groupOf(near) !== undefined ? NONE : near);
    if (this.#groups !== undefined) yield* this.#groups.branches(near);
  }

  /** Forgets all, at a cost that does not depend on how many they are. */
  clear(): void {
    this.#plain.clear();
    this.#groups = undefined;
  }

  /** All slots, in no particular order. */
  all(): number[] {
    const slots = this.#plain.all();
    for (const slot of this.#groups?.all() ?? []) slots.push(slot);
    return slots;
  }

  #groupOf(slot: number): string | undefined {
    return this.#table.page(slot).group(row(slot));
  }

  /** The group that waits for a message when that is delayed. */
  #groupWaitingFor(slot: number): string | undefined {
    return this.#table.page(slot).attempts[row(slot)] > 0 ? this.#groupOf(slot) : undefined;
  }

  #forgetGroups(): void {
    if (this.#groups?.isEmpty) this.#groups = undefined;
  }
}
