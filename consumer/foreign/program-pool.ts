import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, errorMessage } from '../../shared/errors.ts';
import { Program, type ProgramOptions } from './program.ts';

export interface ProgramPoolOptions extends ProgramOptions {
  /** A program is replaced after so many jobs, or up to a tenth fewer, so that not all are at once; 0: never. */
  readonly recycle: number;
  /** How many milliseconds a program may take to end after its standard input was closed. */
  readonly graceMs: number;
  /** How many milliseconds a program that does not say whether it is ready has to live to count as started. */
  readonly startMs?: number;
  /** How many milliseconds a program may load, once it has said that it does. */
  readonly loadMs?: number;
}

/** On a machine that is not busy. */
const START_MS = 1000;
const LOAD_MS = 60_000;
/** Milliseconds before the start after a program that ended before it answered anything; each more doubles them. */
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 10_000;

/** Programs that are started when they are needed and kept for the next job. */
export class ProgramPool {
  readonly #options: ProgramPoolOptions;
  /** All that live, each with the number of jobs after which it is replaced. */
  readonly #alive = new Map<Program, number>();
  readonly #idle: Program[] = [];
  /** How many programs in a row have ended by themselves before they answered anything. */
  #failures = 0;
  #lastFailure = '';
  /** Whether programs of this command say when they are ready. */
  #announces = false;
  #isClosed = false;

  constructor(options: ProgramPoolOptions) {
    this.#options = options;
  }

  /**
   * Starts a first program and sees that it lives.
   *
   * @throws ConfigError when it does not
   */
  async start(): Promise<void> {
    const { command, startMs = START_MS * slowness() } = this.#options;
    const program = this.#launch();
    const decided = new AbortController();
    const lives = sleep(startMs, undefined, { signal: decided.signal }).catch(() => undefined);
    let reason = await Promise.race([program.gone, program.announced, lives]);
    decided.abort();
    if (this.#announces) reason = await this.#whenReady(program);
    if (reason !== undefined) throw new ConfigError(`command ${command.join(' ')}: ${reason}`);
    this.#idle.push(program);
  }

  /**
   * A program without a job, which is to be given back. Programs that cannot run are started ever more rarely.
   *
   * @throws Error when none can be started, or the signal aborts before
   */
  async take(signal: AbortSignal): Promise<Program> {
    let program = this.#idle.pop();
    while (program?.isUsable === false) program = this.#idle.pop();
    if (program === undefined && this.#failures > 0) await this.#backOff(signal);
    program ??= this.#launch();
    if (program.isReady || !this.#announces) return program;
    await this.#load(program, signal);
    return program;
  }

  giveBack(program: Program): void {
    if (program.answers > 0) this.#failures = 0;
    if (!program.isUsable) return;
    const maxJobs = this.#alive.get(program) ?? 0;
    if (this.#isClosed || program.answers >= maxJobs) void program.end(this.#options.graceMs);
    else this.#idle.push(program);
  }

  /** Ends all programs, those that are at work after their job. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#idle.length = 0;
    await Promise.all([...this.#alive.keys()].map((program) => program.end(this.#options.graceMs)));
  }

  /** Kills all programs. */
  kill(): void {
    for (const program of this.#alive.keys()) program.kill('its worker has ended');
  }

  /** @throws Error when the program is gone before it is ready, or the signal aborts before */
  async #load(program: Program, signal: AbortSignal): Promise<void> {
    const stop = () => program.kill(errorMessage(signal.reason));
    signal.addEventListener('abort', stop);
    const reason = await this.#whenReady(program);
    signal.removeEventListener('abort', stop);
    if (reason !== undefined) throw new Error(reason);
  }

  async #backOff(signal: AbortSignal): Promise<void> {
    const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** (this.#failures - 1), LONGEST_BACKOFF_MS);
    try {
      await sleep(backoff, undefined, { signal });
    } catch {
      throw new Error(
        `${errorMessage(signal.reason)}, waiting for a program, since the last one failed: ${this.#lastFailure}`,
      );
    }
  }

  #launch(): Program {
    const program = new Program(this.#options);
    const { recycle } = this.#options;
    const maxJobs =
      recycle === 0 ? Number.POSITIVE_INFINITY : recycle - Math.floor((Math.random() * recycle) / 10);
    this.#alive.set(program, maxJobs);
    void program.announced.then(() => {
      this.#announces = true;
    });
    void program.gone.then((reason) => {
      this.#alive.delete(program);
      if (!program.wasUseless) return;
      this.#failures++;
      this.#lastFailure = reason;
    });
    return program;
  }

  /** Undefined once the program is ready; else why it is gone. */
  async #whenReady(program: Program): Promise<string | undefined> {
    const { loadMs = LOAD_MS } = this.#options;
    const slow = () => program.fail(`the program was not ready within ${loadMs / 1000} s`);
    const timer = setTimeout(slow, loadMs);
    try {
      return (await Promise.race([program.gone, program.ready])) ?? undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** How many programs want each processor, at least 1: so many times longer takes what would take all of one. */
function slowness(): number {
  return Math.max(1, (loadavg()[0] as number) / availableParallelism());
}
