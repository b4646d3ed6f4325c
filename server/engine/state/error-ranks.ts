import type { ErrorGroup } from './error-group.ts';

/**
 * The error groups of all queues, those together of which the counts have as many binary digits. So the biggest are found
 * without a look at all of them, and one more failure costs next to nothing.
 */
export class ErrorRanks {
  /** The first of each list; those of rank 0 have no messages, and are in none. */
  readonly #first: (ErrorGroup | undefined)[] = new Array(33).fill(undefined);

  /** The count of a group has changed. */
  place(group: ErrorGroup): void {
    const rank = 32 - Math.clz32(group.count);
    if (rank === group.rank) return;
    if (group.rank > 0) this.#remove(group);
    group.rank = rank;
    if (rank > 0) this.#add(group);
  }

  /** So many of the biggest, in no particular order: of those that have half as many messages as others, or more, any. */
  biggest(most: number): ErrorGroup[] {
    const groups: ErrorGroup[] = [];
    for (let rank = this.#first.length - 1; rank > 0; rank--) {
      for (let group = this.#first[rank]; group !== undefined; group = group.next) {
        if (groups.length === most) return groups;
        groups.push(group);
      }
    }
    return groups;
  }

  #add(group: ErrorGroup): void {
    const first = this.#first[group.rank];
    group.next = first;
    if (first !== undefined) first.previous = group;
    this.#first[group.rank] = group;
  }

  #remove(group: ErrorGroup): void {
    const { previous, next, rank } = group;
    if (previous === undefined) this.#first[rank] = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    group.previous = group.next = undefined;
  }
}
