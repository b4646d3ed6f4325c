import type { Outcome } from '../../executor.ts';

/** A job that has ended can be handed out again for as long as the server holds it for unfinished. Milliseconds. */
const REMEMBERED_MS = 60 * 60 * 1000;

/**
 * Jobs that run, or have run, while their connection was lost: the server will hand them out again, to whom it
 * likes. Whoever gets one does not run it again, but tells the server how the first run ended.
 */
export class Adrift {
  readonly #outcomes = new Map<string, Promise<Outcome | undefined>>();
  readonly #landings = new Map<string, (outcome: Outcome | undefined) => void>();

  /** How the job's first run ended; undefined when there is none, or nobody will ever know. */
  outcome(id: string): Promise<Outcome | undefined> | undefined {
    return this.#outcomes.get(id);
  }

  /** A run of this process; what it comes to is `outcome`. */
  add(id: string, outcome: Promise<Outcome | undefined>): void {
    this.#outcomes.set(id, outcome);
    const forget = () => {
      if (this.#outcomes.get(id) === outcome) this.#outcomes.delete(id);
    };
    outcome.then((ended) => {
      if (ended === undefined) forget();
      else setTimeout(forget, REMEMBERED_MS).unref();
    });
  }

  /** A run of another process, whose end will be told by `land`. */
  expect(id: string): void {
    if (this.#landings.has(id)) return;
    this.add(id, new Promise((resolve) => this.#landings.set(id, resolve)));
  }

  /** How the run of another process ended; undefined: it died. */
  land(id: string, outcome: Outcome | undefined): void {
    this.#landings.get(id)?.(outcome);
    this.#landings.delete(id);
  }

  /** The server knows by now. */
  forget(id: string): void {
    this.#outcomes.delete(id);
  }
}
