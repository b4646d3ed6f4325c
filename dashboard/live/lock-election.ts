import type { Election } from './election.ts';
import type { RequestLock } from './environment.ts';

/** The tab that holds the lock leads. The browser gives it to the next one, whatever becomes of that tab. */
export class LockElection implements Election {
  readonly #requestLock: RequestLock;
  readonly #onChange: () => void;
  #giveBack: (() => void) | undefined;
  isLeader = false;

  constructor(requestLock: RequestLock, onChange: () => void) {
    this.#requestLock = requestLock;
    this.#onChange = onChange;
  }

  join(): void {
    this.#giveBack = this.#requestLock(() => {
      this.isLeader = true;
      this.#onChange();
    });
  }

  leave(): void {
    this.isLeader = false;
    this.#giveBack?.();
    this.#giveBack = undefined;
  }

  hear(): void {}
  hearGone(): void {}
}
