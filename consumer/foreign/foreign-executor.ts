import { errorMessage } from '../../shared/errors.ts';
import { checkCall } from '../allowed-call.ts';
import type { Execution, Executor, JobResult } from '../executor.ts';
import type { JobInfo } from '../job-info.ts';
import { failed, jobLine, rejected } from './messages.ts';
import type { ProgramJob } from './program.ts';
import { ProgramPool, type ProgramPoolOptions } from './program-pool.ts';

/** What ends a job that runs. */
interface RunningJob {
  readonly end: AbortController;
  graceTimer?: NodeJS.Timeout;
}

/** Runs jobs in programs of any language; there are as many of them as jobs have run at a time. */
export class ForeignExecutor implements Executor {
  readonly #options: ProgramPoolOptions;
  readonly #methods: ReadonlySet<string>;
  readonly #pool: ProgramPool;
  readonly #running = new Map<JobInfo, RunningJob>();

  constructor(options: ProgramPoolOptions) {
    this.#options = options;
    this.#methods = new Set(options.methods);
    this.#pool = new ProgramPool(options);
  }

  async start(): Promise<void> {
    await this.#pool.start();
  }

  /** A program whose job takes too long, or that works when the signal aborts, is killed. */
  async execute({ info, call, timeoutMs, signal, progress }: Execution): Promise<JobResult> {
    let line: string;
    try {
      const { className } = this.#options;
      checkCall(call, className, this.#methods);
      line = jobLine(className, call, info);
    } catch (error) {
      return rejected(errorMessage(error));
    }

    const end = new AbortController();
    const running: RunningJob = { end };
    this.#running.set(info, running);
    const stop = () => end.abort(new Error('stopped'));
    const expire = () => end.abort(new Error(`ran longer than its timeout of ${timeoutMs / 1000} s`));
    const timer = timeoutMs > 0 ? setTimeout(expire, timeoutMs) : undefined;
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      return await this.#run({ id: info.id, line, progress }, end.signal);
    } catch (error) {
      return failed(errorMessage(error));
    } finally {
      this.#running.delete(info);
      clearTimeout(running.graceTimer);
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  /** A program hears of nothing while it works: one that is not done by then is killed. */
  cancel(info: JobInfo, graceMs: number): void {
    const running = this.#running.get(info);
    if (running === undefined) return;
    running.graceTimer ??= setTimeout(() => running.end.abort(new Error('cancelled')), graceMs);
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  kill(): void {
    this.#pool.kill();
  }

  /** @throws Error when the signal aborts before there is a program, or none can be started */
  async #run(job: ProgramJob, signal: AbortSignal): Promise<JobResult> {
    signal.throwIfAborted();
    const program = await this.#pool.take(signal);
    const kill = () => program.kill(errorMessage(signal.reason));
    signal.addEventListener('abort', kill);
    if (signal.aborted) kill();
    const result = await program.run(job);
    this.#pool.giveBack(program);
    return result;
  }
}
