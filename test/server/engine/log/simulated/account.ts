import type { Position } from '../../../../../server/engine/log/log.ts';
import type { Event } from '../../../../../server/engine/state/events.ts';

/** What must hold over all servers of a cluster, and what they did. */
export class Account {
  /** What anybody was told that is at a position. */
  readonly #told = new Map<Position, string>();
  /** Messages that were sent, acknowledged, asked to be done, and done for certain. */
  readonly sent = new Set<number>();
  readonly stored = new Set<number>();
  readonly ending = new Set<number>();
  readonly done = new Set<number>();
  /** When batches of an engine time were written. */
  readonly written = new Map<number, number>();
  /** What went wrong where nobody waits for it. */
  problem: Error | undefined;
  /** The newest epoch in which anybody has led. */
  led = 0;
  looks = 0;
  doubts = 0;
  loads = 0;
  dated = 0;
  takeovers = 0;
  depositions = 0;
  handovers = 0;
  trims = 0;
  /** Followers that began anew, since what came next was freed, or what they had was lost. */
  trimmed = 0;
  lost = 0;

  readonly #isLossy: boolean;

  /** `isLossy`: the database loses what it had acknowledged, so that who has it cannot be held to it. */
  constructor(isLossy: boolean) {
    this.#isLossy = isLossy;
  }

  told({ type, order }: Event, position: Position): void {
    if (this.#isLossy) return;
    const what = `${type} ${order}`;
    const known = this.#told.get(position);
    if (known !== undefined && known !== what) {
      throw new Error(`at ${position} one server was told ${known}, another one ${what}`);
    }
    this.#told.set(position, what);
  }

  /** Whether who leads has what was acknowledged, and nothing that is done, or was never sent. */
  check(alive: ReadonlyMap<number, Position>): void {
    if (this.#isLossy) return;
    const { sent, stored, ending, done } = this;
    none(
      'acknowledged and lost',
      [...stored].filter((order) => !alive.has(order) && !ending.has(order)),
    );
    none(
      'done, and there again',
      [...done].filter((order) => alive.has(order)),
    );
    none(
      'there, and never sent',
      [...alive.keys()].filter((order) => !sent.has(order)),
    );
  }

  /** What is new in the log was written after a time, as somebody takes it. */
  seen(since: number | undefined, time: number): void {
    if (since === undefined || this.#isLossy) return;
    this.dated++;
    if ((this.written.get(time) as number) < since)
      throw new Error(`a batch was written before ${since}, at ${this.written.get(time)}`);
  }

  /** What was loaded is what was asked for. Who has not noticed yet what is lost may find others there, and compares. */
  loaded(order: number, asked: number): void {
    this.loads++;
    if (order !== asked && !this.#isLossy) this.problem ??= new Error(`${asked} is ${order}`);
  }

  /** Whether a leader of that epoch may not answer any more what is asked from now on. */
  isOver(epoch: number): boolean {
    return this.led > epoch && !this.#isLossy;
  }
}

function none(what: string, some: readonly number[]): void {
  if (some.length > 0) throw new Error(`${what}: ${some.join(', ')}`);
}
