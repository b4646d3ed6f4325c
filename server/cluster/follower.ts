import type { Position } from '../engine/log/log.ts';
import type { ClusterLog } from '../engine/log/replicated/cluster-log.ts';
import type { State } from '../engine/state/state-machine.ts';
import { Looks } from './looks.ts';

/** Between two looks at the log, milliseconds; longer and longer while nothing comes. */
const SHORTEST_MS = 20;
const LONGEST_MS = 100;

export interface Following {
  /** The end of the log is reached for the first time. */
  joined(): void;
  /** The time, by the clock of this machine. */
  now(): number;
  /** There is a new batch of that engine time, which was written after a time by the clock of this machine. */
  saw(time: number, since: number): void;
}

/**
 * Applies a log to a state as it grows, until this server leads and has applied all of it.
 *
 * It asks to lead only once it has come to the end: one that still reads would keep everybody waiting.
 */
export class Follower {
  readonly #log: ClusterLog;
  readonly #state: State;
  readonly #following: Following;
  /** Behind what was applied last; undefined: nothing was. */
  end: Position | undefined;
  #isJoining = true;
  #leads = false;
  #isStopped = false;
  /** Ends a pause, or the wait for a replay. */
  #wake = (): void => {};

  constructor(log: ClusterLog, state: State, following: Following) {
    this.#log = log;
    this.#state = state;
    this.#following = following;
  }

  /** Whether it has not come to the end of the log yet. */
  get isJoining(): boolean {
    return this.#isJoining;
  }

  /** Resolves with true once this server leads, and with false when it was stopped. Rejects with the log's errors. */
  async run(): Promise<boolean> {
    const log = this.#log;
    const looks = new Looks();
    let pauseMs = SHORTEST_MS;
    for (;;) {
      const leads = this.#leads;
      const before = this.end;
      const lookedAt = this.#following.now();
      const end = await this.#unlessStopped(log.replay(this.#state, before));
      if (end === undefined) return false;
      this.end = end;
      if (leads) return true;
      const since = looks.saw(lookedAt, end);
      if (since !== undefined) this.#following.saw(log.newestTime, since);
      if (this.#isJoining) this.#join();
      pauseMs = end === before ? Math.min(pauseMs + SHORTEST_MS, LONGEST_MS) : SHORTEST_MS;
      if (log.lag === 0) await this.#pause(pauseMs);
      if (this.#isStopped) return false;
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  #join(): void {
    if (this.#log.lag > 0) return;
    this.#isJoining = false;
    this.#following.joined();
    const lead = () => {
      this.#leads = true;
      this.#wake();
    };
    // It fails with the log, which the next replay tells.
    this.#log.lead().then(lead, this.#wake);
  }

  /** Undefined when it is stopped before: a database that is away may keep a replay for ever. */
  async #unlessStopped(replay: Promise<Position>): Promise<Position | undefined> {
    if (this.#isStopped) return undefined;
    const stopped = new Promise<undefined>((resolve) => {
      this.#wake = () => {
        if (this.#isStopped) resolve(undefined);
      };
    });
    // Who is stopped is not interested in how it ends.
    replay.catch(() => {});
    return Promise.race([replay, stopped]);
  }

  #pause(ms: number): Promise<void> {
    if (this.#leads || this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
