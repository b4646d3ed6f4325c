// Runs in a child.
import type { JobResult } from '../../executor.ts';
import type { Job } from '../../queue/job.ts';

/** A job that has ended can be handed out again for as long as the server holds it for unfinished. Milliseconds. */
const REMEMBERED_MS = 60 * 60 * 1000;

/** What tells a job from all others; a server without its data begins anew with its ids. */
export function jobKey({ id, enqueued }: Job): string {
  return `${id}@${enqueued}`;
}

/**
 * Jobs whose connection was lost while they ran, here or in another child: the server will hand them out again, to
 * any worker. A child that gets one does not run it again, but tells the server how the first run ended.
 */
export class OrphanedJobs {
  readonly #results = new Map<string, Promise<JobResult | undefined>>();
  /** Of runs in other children: what settles their results. */
  readonly #resolvers = new Map<string, (result: JobResult | undefined) => void>();

  /** How the job's first run ended; undefined when there is none, or nobody will ever know. */
  result(key: string): Promise<JobResult | undefined> | undefined {
    return this.#results.get(key);
  }

  /** A run of this child. */
  add(key: string, result: Promise<JobResult | undefined>): void {
    this.#results.set(key, result);
    const forget = () => {
      if (this.#results.get(key) === result) this.#results.delete(key);
    };
    result.then((known) => {
      if (known === undefined) forget();
      else setTimeout(forget, REMEMBERED_MS).unref();
    });
  }

  /** A run of another child, whose end `settle` will tell. */
  expect(key: string): void {
    if (this.#resolvers.has(key)) return;
    this.add(key, new Promise((resolve) => this.#resolvers.set(key, resolve)));
  }

  /** How the run of another child ended; undefined: it died. */
  settle(key: string, result: JobResult | undefined): void {
    this.#resolvers.get(key)?.(result);
    this.#resolvers.delete(key);
  }

  /** The server knows by now. */
  forget(key: string): void {
    this.#results.delete(key);
  }
}
