import type { Election } from './election.ts';

/** Where tabs cannot speak with each other, each leads itself. */
export class LoneElection implements Election {
  readonly #onChange: () => void;
  isLeader = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  join(): void {
    this.isLeader = true;
    this.#onChange();
  }

  leave(): void {
    this.isLeader = false;
  }

  hear(): void {}
  hearGone(): void {}
}
