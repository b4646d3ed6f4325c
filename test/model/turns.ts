import type { Queue } from '../../server/engine/state/queue.ts';
import { same } from './same.ts';

interface OfGroup {
  readonly queue: string;
  readonly group: string;
}

/** Whose turn it is among groups: a number for each, the smallest first. What has no group takes turns as one group more. */
export class Turns {
  #turns = new Map<string, number>();
  #last = 0;
  /** What the last one was when they were last compared. */
  #seen = 0;
  /** Groups of which it is not known whether they have kept their turn: a message of them was taken out and put back. */
  #blurred = new Set<string>();

  copy(): Turns {
    const copy = new Turns();
    copy.#turns = new Map(this.#turns);
    copy.#last = this.#last;
    copy.#seen = this.#seen;
    return copy;
  }

  of({ queue, group }: OfGroup): number {
    return this.#turns.get(keyOf(queue, group)) ?? 0;
  }

  toEnd(queue: string, group: string): void {
    this.#turns.set(keyOf(queue, group), ++this.#last);
  }

  blur({ queue, group }: OfGroup): void {
    this.#blurred.add(keyOf(queue, group));
  }

  /** They are as a queue has them, whatever it is that it goes by: it has just been started. */
  learn(queue: Queue): void {
    for (const group of groupsInTurn(queue)) this.toEnd(queue.name, group);
  }

  /**
   * Compares them with those of a queue. Groups that had a turn and were not touched since are in their old order, ahead
   * of those whose turn is over, or that have come. Of these several may have come at one moment, so their order is learned.
   */
  compare(queue: Queue): void {
    const { name } = queue;
    const actual = groupsInTurn(queue);
    const clear = actual.filter((group) => !this.#blurred.has(keyOf(name, group)));
    const old = clear.filter((group) => this.of({ queue: name, group }) <= this.#seen);
    const isRight = (group: string, i: number) =>
      i === 0 || this.of({ queue: name, group: old[i - 1] }) < this.of({ queue: name, group });
    same(`${name}: ${old.filter(isRight).join()}`, `${name}: ${old.join()}`, 'turns');
    same(`${name}: ${clear.slice(0, old.length).join()}`, `${name}: ${old.join()}`, 'turns that are over');
    this.learn(queue);
  }

  /** All queues were compared. */
  settle(): void {
    this.#seen = this.#last;
    this.#blurred.clear();
  }
}

/** Those of which something is ready, '' for no group. */
function groupsInTurn({ ready }: Queue): string[] {
  const { groups } = ready;
  if (groups === undefined) return [];
  const all = groups.inTurn().filter(({ size }) => size > 0);
  const turns = all.map(({ name, turn }) => ({ name, turn }));
  if (ready.size > groups.size) turns.push({ name: '', turn: groups.plainTurn });
  return turns.sort((x, y) => x.turn - y.turn).map(({ name }) => name);
}

function keyOf(queue: string, group: string): string {
  return `${queue}/${group}`;
}
