import { RankedHeap } from '../state/ranked-heap.ts';

/** What is in a heap: where in the heap it is, which only the heap changes. */
export interface Timed {
  place: number;
}

/** Things by the time at which something is to be done with them. Each can be taken out. */
export class TimeHeap<T extends Timed> extends RankedHeap<T> {
  #added = 0;

  /** The time of the first one; Infinity when there is none. */
  get next(): number {
    return this.firstRank;
  }

  get first(): T | undefined {
    return this.items[0];
  }

  /** Of several with the same time the one that came first is first. */
  add(item: T, time: number): void {
    this.addRanked(item, time, ++this.#added);
  }

  protected override placeOf({ place }: T): number {
    return place;
  }

  protected override setPlace(item: T, place: number): void {
    item.place = place;
  }
}
