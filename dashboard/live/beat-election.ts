import type { Election } from './election.ts';
import type { Environment } from './environment.ts';
import { Timer } from './timer.ts';

/** A leader answers who comes at once; where none does, there is none. */
const ANSWER_MS = 250;
/** Who says nothing for so long is gone; all say something each second. */
const GONE_MS = 3000;

/**
 * By what the tabs say: one that hears no leader leads, unless there is another one whose id is smaller. Of two leaders that
 * hear each other the one with the larger id steps down.
 */
export class BeatElection implements Election {
  readonly #id: string;
  readonly #env: Pick<Environment, 'clock'>;
  readonly #onChange: () => void;
  readonly #candidacy: Timer;
  /** The others, and when they were heard last. */
  readonly #heardAt = new Map<string, number>();
  /** The other one that leads. */
  #leader: string | undefined;
  isLeader = false;

  constructor(id: string, env: Pick<Environment, 'clock'>, onChange: () => void) {
    this.#id = id;
    this.#env = env;
    this.#onChange = onChange;
    this.#candidacy = new Timer(env.clock);
  }

  join(): void {
    this.#standIn(ANSWER_MS);
  }

  leave(): void {
    this.#candidacy.stop();
    this.#heardAt.clear();
    this.#leader = undefined;
    this.isLeader = false;
  }

  hear(tab: string, isLeader: boolean): void {
    this.#heardAt.set(tab, this.#env.clock.now());
    if (isLeader) this.#hearLeader(tab);
    else if (tab === this.#leader) this.#lose();
  }

  hearGone(tab: string): void {
    this.#heardAt.delete(tab);
    if (tab === this.#leader) this.#lose();
  }

  #hearLeader(tab: string): void {
    const isSecond = this.isLeader;
    if (isSecond && this.#id < tab) return this.#onChange();
    this.#leader = tab;
    this.isLeader = false;
    this.#standIn(GONE_MS);
    if (isSecond) this.#onChange();
  }

  /** The others know as well that there is none, and who is next. */
  #lose(): void {
    this.#leader = undefined;
    this.#standIn(0);
  }

  #standIn(ms: number): void {
    this.#candidacy.set(ms, () => this.#stand());
  }

  #stand(): void {
    const goneAt = this.#env.clock.now() - GONE_MS;
    for (const [tab, heardAt] of this.#heardAt) if (heardAt < goneAt) this.#heardAt.delete(tab);
    if ([...this.#heardAt.keys()].some((tab) => tab < this.#id)) return this.#standIn(ANSWER_MS);
    this.#leader = undefined;
    this.isLeader = true;
    this.#onChange();
  }
}
