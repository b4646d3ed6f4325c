import type { Outcome } from '../../executor.ts';
import type { Job } from '../../job-source.ts';

/** A job that has ended can be handed out again for as long as the server holds it for unfinished. Milliseconds. */
const REMEMBERED_MS = 60 * 60 * 1000;

/** What tells a job from all others; a server without its data begins anew with its ids. */
export function markOf({ id, enqueued }: Job): string {
  return `${id}@${enqueued}`;
}

/**
 * Jobs that run, or have run, while their connection was lost: the server will hand them out again, to whom it
 * likes. Whoever gets one does not run it again, but tells the server how the first run ended.
 */
export class Adrift {
  readonly #outcomes = new Map<string, Promise<Outcome | undefined>>();
  readonly #landings = new Map<string, (outcome: Outcome | undefined) => void>();

  /** How the job's first run ended; undefined when there is none, or nobody will ever know. */
  outcome(mark: string): Promise<Outcome | undefined> | undefined {
    return this.#outcomes.get(mark);
  }

  /** A run of this process; what it comes to is `outcome`. */
  add(mark: string, outcome: Promise<Outcome | undefined>): void {
    this.#outcomes.set(mark, outcome);
    const forget = () => {
      if (this.#outcomes.get(mark) === outcome) this.#outcomes.delete(mark);
    };
    outcome.then((ended) => {
      if (ended === undefined) forget();
      else setTimeout(forget, REMEMBERED_MS).unref();
    });
  }

  /** A run of another process, whose end will be told by `land`. */
  expect(mark: string): void {
    if (this.#landings.has(mark)) return;
    this.add(mark, new Promise((resolve) => this.#landings.set(mark, resolve)));
  }

  /** How the run of another process ended; undefined: it died. */
  land(mark: string, outcome: Outcome | undefined): void {
    this.#landings.get(mark)?.(outcome);
    this.#landings.delete(mark);
  }

  /** The server knows by now. */
  forget(mark: string): void {
    this.#outcomes.delete(mark);
  }
}
