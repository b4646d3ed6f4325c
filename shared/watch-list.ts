/** Most queues that a list may name. */
const MOST_ENTRIES = 1000;

export interface WatchEntry {
  /** A queue, or `*` for all that the list does not name. */
  readonly queue: string;
  /** Share among the entries that have something, in a weighted list. */
  readonly weight: number;
}

/**
 * The queues that a reader takes from: `high,default,low` in strict order, `high:4,default:2` by weight, `*` for
 * all others, `!name` for none of it.
 */
export class WatchList {
  /** In the order of the list. */
  readonly entries: readonly WatchEntry[];
  readonly isWeighted: boolean;
  /** As it was written. */
  readonly text: string;
  readonly #named: ReadonlySet<string>;
  readonly #excluded: ReadonlySet<string>;
  readonly #hasRest: boolean;

  private constructor(
    text: string,
    entries: readonly WatchEntry[],
    excluded: ReadonlySet<string>,
    isWeighted: boolean,
  ) {
    this.text = text;
    this.entries = entries;
    this.isWeighted = isWeighted;
    this.#excluded = excluded;
    this.#named = new Set(entries.map((entry) => entry.queue));
    this.#hasRest = this.#named.has('*');
  }

  /**
   * Reads a list as it is written; a string says what is wrong with it. A number behind the last colon of an entry
   * is its weight: the queue `a:4` is written `a:4:1`.
   */
  static parse(text: string): WatchList | string {
    const parts = text.split(',').map((part) => part.replace(/^ +| +$/g, ''));
    if (parts.length > MOST_ENTRIES) return `more than ${MOST_ENTRIES} queues`;
    const entries: WatchEntry[] = [];
    const excluded = new Set<string>();
    let weighted = 0;
    for (const part of parts) {
      const isExcluded = part.startsWith('!');
      const match = isExcluded ? null : /^(.+):(\d{1,6})$/.exec(part);
      const queue = isExcluded ? part.slice(1) : (match?.[1] ?? part);
      const weight = Number(match?.[2] ?? 1);
      if (queue === '' || /[\0 \r\n]/.test(queue) || queue.startsWith('$')) return `"${part}" names no queue`;
      if (weight === 0) return `"${part}": a weight is 1 or more`;
      if (isExcluded) excluded.add(queue);
      else if (entries.some((entry) => entry.queue === queue)) return `"${queue}" is named twice`;
      else entries.push({ queue, weight });
      if (match !== null) weighted++;
    }
    for (const { queue } of entries) if (excluded.has(queue)) return `"${queue}" is both named and excluded`;
    if (entries.length === 0) entries.push({ queue: '*', weight: 1 });
    return new WatchList(text, entries, excluded, weighted > 0);
  }

  /** Whether a reader with this list takes from the queue. */
  has(queue: string): boolean {
    return this.#named.has(queue) || this.isRest(queue);
  }

  /** Whether the list has the queue by its `*`. */
  isRest(queue: string): boolean {
    return this.#hasRest && !this.#named.has(queue) && !this.#excluded.has(queue);
  }
}
