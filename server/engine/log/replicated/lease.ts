import type { Completion } from '../../completion.ts';
import { Completions } from '../completions.ts';
import type { Timing } from './log-database.ts';

/**
 * A leader's doubt whether it still leads. Nobody else can before a lease has passed since the last statement that was
 * acknowledged; this server is certain for half of that, from the moment on at which it sent it. That is looked at when
 * an answer is given and never told by a timer: a process that was paused reads what clients ask before its timers run.
 *
 * What is asked in doubt is answered once a statement is acknowledged that was sent afterwards: it says that this server
 * led still after it was asked.
 */
export class Lease {
  readonly #timing: Timing;
  readonly #ms: number;
  #since = Number.NEGATIVE_INFINITY;
  #isGivenUp = false;
  /** Asked since the last statement was sent. */
  readonly #asked = new Completions();
  /** Asked before it was sent. */
  readonly #covered = new Completions();

  constructor(timing: Timing, ms: number) {
    this.#timing = timing;
    this.#ms = ms;
  }

  get isCertain(): boolean {
    return this.#timing.now - this.#since < this.#ms / 2 && !this.#isGivenUp;
  }

  /** Whether somebody waits for a statement that is to be sent. */
  get isInDoubt(): boolean {
    return this.#asked.size > 0;
  }

  /** An answer waits: for what is in flight, or for this server to be certain. */
  ask<T>(completion: Completion<T>, value: T): void {
    this.#asked.add(completion, value);
  }

  /** A statement is sent for the first time. */
  sent(): void {
    this.#covered.takeAll(this.#asked);
  }

  /** A beat is acknowledged that was sent beside it: the statement itself may be under way still. */
  renewed(sentAt: number): void {
    this.#since = Math.max(this.#since, sentAt);
  }

  /** It is acknowledged. `sentAt`: when it was sent the last time. */
  acknowledged(sentAt: number): void {
    this.renewed(sentAt);
    this.#covered.resolve();
  }

  /** Answers what was asked while it was in flight, if this server is certain. */
  answer(): void {
    if (this.isCertain) this.#asked.resolve();
  }

  /** Somebody else may lead from now on. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  reject(reason: Error): void {
    this.#isGivenUp = true;
    this.#covered.reject(reason);
    this.#asked.reject(reason);
  }
}
