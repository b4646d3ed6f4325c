/** What lists of messages are sorted by: a rank, and where that is equal an order. */
export interface Key {
  readonly rank: number;
  readonly order: number;
}

export function isAfter(a: Key, b: Key): boolean {
  return a.rank > b.rank || (a.rank === b.rank && a.order > b.order);
}
