import { ErrorGroup } from './error-group.ts';
import { errorKey, firstLine } from './error-key.ts';
import type { ErrorRanks } from './error-ranks.ts';

/** As many groups are told apart in one queue; what fails with yet another error is in the last one of them. */
export const MOST_ERROR_GROUPS = 1000;
/** The key of that one. */
const OTHER = 'other';
/** Most bytes that are kept of the first line of an error. */
const LONGEST_SAMPLE = 200;

/**
 * The error groups of one queue. Each has a number as long as there is a message in it, by which the message table says
 * where a failed message belongs.
 */
export class ErrorGroups {
  readonly #queue: string;
  readonly #ranks: ErrorRanks;
  readonly #numbers = new Map<string, number>();
  /** By number; that is never 0. */
  readonly #groups: (ErrorGroup | undefined)[] = [undefined];
  readonly #free: number[] = [];

  constructor(queue: string, ranks: ErrorRanks) {
    this.#queue = queue;
    this.#ranks = ranks;
  }

  get isEmpty(): boolean {
    return this.#numbers.size === 0;
  }

  /** Those with messages that are not aside, in no particular order. */
  all(): ErrorGroup[] {
    return this.#groups.filter((group) => group !== undefined && group.count > 0) as ErrorGroup[];
  }

  /** The number of the group for an error, which is made where there is none: a message is about to come into it. */
  numberOf(error: Buffer): number {
    return this.#numberFor(errorKey(error), () => firstLine(error, LONGEST_SAMPLE));
  }

  /** The same for a message that comes from a group of another queue. */
  numberLike({ key, sample }: ErrorGroup): number {
    return this.#numberFor(key, () => sample);
  }

  at(number: number): ErrorGroup {
    return this.#groups[number] as ErrorGroup;
  }

  /** Whether a message of that group may be in it with that error. */
  fits(number: number, error: Buffer): boolean {
    const { key } = this.at(number);
    return key === OTHER || key === errorKey(error);
  }

  /** A message comes into a group that failed at that time. */
  join(number: number, failedAt: number, isAside: boolean): void {
    const group = this.at(number);
    if (failedAt < group.firstAt) group.firstAt = failedAt;
    if (failedAt > group.lastAt) group.lastAt = failedAt;
    this.#count(group, isAside ? 0 : 1, isAside ? 1 : 0);
  }

  leave(number: number, isAside: boolean): void {
    const group = this.at(number);
    this.#count(group, isAside ? 0 : -1, isAside ? -1 : 0);
    if (group.count + group.asideCount > 0) return;
    this.#numbers.delete(group.key);
    this.#groups[number] = undefined;
    this.#free.push(number);
  }

  /** All of them are aside from now on; `takeBack` ends that. */
  putAside(): void {
    for (const group of this.#groups) if (group !== undefined) this.#count(group, -group.count, group.count);
  }

  takeBack(): void {
    for (const group of this.#groups)
      if (group !== undefined) this.#count(group, group.asideCount, -group.asideCount);
  }

  /** Their queue is dropped. */
  drop(): void {
    for (const group of this.#groups) if (group !== undefined) this.#count(group, -group.count, 0);
  }

  #numberFor(key: string, sample: () => string): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size < MOST_ERROR_GROUPS - 1) return this.#add(key, sample());
    return this.#numbers.get(OTHER) ?? this.#add(OTHER, sample());
  }

  #add(key: string, sample: string): number {
    const number = this.#free.pop() ?? this.#groups.length;
    this.#groups[number] = new ErrorGroup(this.#queue, key, sample);
    this.#numbers.set(key, number);
    return number;
  }

  #count(group: ErrorGroup, change: number, asideChange: number): void {
    group.count += change;
    group.asideCount += asideChange;
    this.#ranks.place(group);
  }
}
