import { until } from '../../helpers/until.ts';
import { Account } from './account.ts';
import { Caller, Callers } from './caller.ts';
import { cancel, count, inspect, LEASE_S, open, produce, type Step, take, work } from './clients.ts';

type Crowd = readonly (readonly [step: Step, clients: number])[];

const PRODUCING: Crowd = [
  [produce('jobs'), 16],
  [produce('takes'), 2],
  [inspect, 2],
  [cancel, 1],
];
const CONSUMING: Crowd = [
  [work, 24],
  [open, 4],
  [take, 2],
  [count, 1],
];

/** Clients that ask servers for whatever they do, all the time, and their account of it. */
export class Load {
  readonly account = new Account(LEASE_S * 1000);
  readonly callers: Callers;
  readonly #producing: Running;
  readonly #consuming: Running;

  constructor(ports: readonly number[]) {
    this.callers = new Callers(ports);
    this.#producing = new Running(this, PRODUCING);
    this.#consuming = new Running(this, CONSUMING);
  }

  /** Resolves when every client was answered by a server, after now. */
  async everybodyIsServed(): Promise<void> {
    const now = performance.now();
    await until(() => {
      this.#throw();
      return this.callers.servedSince > now;
    });
  }

  /** Sends nothing more, and ends when nothing is left, and the account is closed. */
  async drain(): Promise<void> {
    await this.#producing.end();
    this.callers.closeLeft();
    await this.everybodyIsServed();
    const { account } = this;
    account.backlog = Number.POSITIVE_INFINITY;
    await until(() => {
      this.#throw();
      return account.backlog === 0;
    });
    await this.#consuming.end();
    this.#throw();
    account.close();
  }

  /** Ends at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#producing.end(), this.#consuming.end()]);
    this.callers.closeLeft();
  }

  /** Throws what no client understands. */
  #throw(): void {
    const problem = this.#producing.problem ?? this.#consuming.problem;
    if (problem !== undefined) throw problem;
  }
}

/** Clients at work, until they are told to end. */
class Running {
  problem: unknown;
  readonly #ending = new AbortController();
  readonly #ended: Promise<unknown>;

  constructor({ account, callers }: Load, crowd: Crowd) {
    const { signal } = this.#ending;
    const run = async (step: Step): Promise<void> => {
      const caller = new Caller(callers);
      while (!signal.aborted) await step(caller, account);
      caller.end();
    };
    const steps = crowd.flatMap(([step, clients]) => Array.from({ length: clients }, () => step));
    const running = steps.map((step) =>
      run(step).catch((error: unknown) => {
        this.problem ??= error;
      }),
    );
    this.#ended = Promise.all(running);
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#ended;
  }
}
