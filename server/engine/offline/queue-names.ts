/** A queue's number gets a name, or is free again. */
interface Naming {
  readonly name: string | undefined;
  /** How many gaps the log had before it. */
  readonly epoch: number;
}

/**
 * The names of queues by their numbers, across gaps in the log. Behind a gap a number may be that of another
 * queue than before: the first to tell which is what comes next, most often the checkpoint of the next segment. So the
 * log is read once to note all that it says of names, and a second time to ask.
 */
export class QueueNames {
  readonly #namings = new Map<number, Naming[]>();
  /** How many of a number's namings have been passed in the second reading. */
  readonly #passed = new Map<number, number>();
  #epoch = 0;
  /** Above all numbers that were told of so far, in this reading. */
  end = 0;

  /** There is something of the queue of that number. */
  see(number: number): void {
    if (number >= this.end) this.end = number + 1;
  }

  /** What the first reading finds. */
  note(number: number, name: string | undefined): void {
    this.see(number);
    const namings = this.#namings.get(number) ?? [];
    if (isNews(namings.at(-1), name, this.#epoch)) namings.push({ name, epoch: this.#epoch });
    this.#namings.set(number, namings);
  }

  gap(): void {
    this.#epoch++;
  }

  /** From here on `see`, `pass` and `gap` are told again what `see`, `note` and `gap` were told. */
  restart(): void {
    this.#epoch = 0;
    this.end = 0;
  }

  pass(number: number, name: string | undefined): void {
    this.see(number);
    const passed = this.#passed.get(number) ?? 0;
    const last = this.#namings.get(number)?.[passed - 1];
    if (isNews(last, name, this.#epoch)) this.#passed.set(number, passed + 1);
  }

  /** The queue of that number at this place; undefined where there is none, `isKnown` where that is certain. */
  at(number: number): { readonly name: string | undefined; readonly isKnown: boolean } {
    const namings = this.#namings.get(number) ?? [];
    const passed = this.#passed.get(number) ?? 0;
    const before = namings[passed - 1];
    if (before?.epoch === this.#epoch) return { name: before.name, isKnown: true };
    const next = namings[passed];
    if (next?.epoch === this.#epoch && next.name !== undefined) return { name: next.name, isKnown: true };
    const name = before?.name ?? namings.slice(passed).find((naming) => naming.name !== undefined)?.name;
    return { name, isKnown: false };
  }
}

/** What a checkpoint repeats is none. */
function isNews(last: Naming | undefined, name: string | undefined, epoch: number): boolean {
  return last === undefined || last.name !== name || last.epoch !== epoch;
}
