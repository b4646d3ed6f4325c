/** A queue's number gets a name, or is free again. */
interface Event {
  readonly name: string | undefined;
  /** How many gaps the journal had before it. */
  readonly epoch: number;
}

/**
 * The names of queues by their numbers, across gaps in the journal. Behind a gap a number may be that of another
 * queue than before: the first to tell which is what comes next, most often the checkpoint of the next segment. So the
 * journal is read once to note all that it says of names, and a second time to ask.
 */
export class QueueNames {
  readonly #events = new Map<number, Event[]>();
  /** How many of a number's events have been passed in the second reading. */
  readonly #passed = new Map<number, number>();
  #epoch = 0;

  /** What the first reading finds. */
  note(number: number, name: string | undefined): void {
    const events = this.#events.get(number) ?? [];
    if (isNews(events.at(-1), name, this.#epoch)) events.push({ name, epoch: this.#epoch });
    this.#events.set(number, events);
  }

  gap(): void {
    this.#epoch++;
  }

  /** From here on `pass` and `gap` are told again what `note` and `gap` were told. */
  restart(): void {
    this.#epoch = 0;
  }

  pass(number: number, name: string | undefined): void {
    const passed = this.#passed.get(number) ?? 0;
    const last = this.#events.get(number)?.[passed - 1];
    if (isNews(last, name, this.#epoch)) this.#passed.set(number, passed + 1);
  }

  /** The queue of that number at this place; undefined where there is none, `isKnown` where that is certain. */
  at(number: number): { readonly name: string | undefined; readonly isKnown: boolean } {
    const events = this.#events.get(number) ?? [];
    const passed = this.#passed.get(number) ?? 0;
    const before = events[passed - 1];
    if (before?.epoch === this.#epoch) return { name: before.name, isKnown: true };
    const next = events[passed];
    if (next?.epoch === this.#epoch && next.name !== undefined) return { name: next.name, isKnown: true };
    const name = before?.name ?? events.slice(passed).find((event) => event.name !== undefined)?.name;
    return { name, isKnown: false };
  }
}

/** What a checkpoint repeats is none. */
function isNews(last: Event | undefined, name: string | undefined, epoch: number): boolean {
  return last === undefined || last.name !== name || last.epoch !== epoch;
}
