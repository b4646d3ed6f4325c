import { errorMessage, NotAllowedError } from '../../shared/errors.ts';
import { isSameClass } from '../class-name.ts';
import type { Execution, Executor, JobResult } from '../executor.ts';
import type { Call } from '../payload/payload.ts';
import { failed, jobLine, rejected } from './messages.ts';
import type { ProgramJob } from './program.ts';
import { ProgramPool, type ProgramPoolOptions } from './program-pool.ts';

/** Runs jobs in programs of any language; there are as many of them as jobs have run at a time. */
export class ForeignExecutor implements Executor {
  readonly #options: ProgramPoolOptions;
  readonly #pool: ProgramPool;

  constructor(options: ProgramPoolOptions) {
    this.#options = options;
    this.#pool = new ProgramPool(options);
  }

  async start(): Promise<void> {
    await this.#pool.start();
  }

  /** A program whose job takes too long, or that works when the signal aborts, is killed. */
  async execute({ info, call, timeoutMs, signal, progress }: Execution): Promise<JobResult> {
    let line: string;
    try {
      this.#check(call);
      line = jobLine(this.#options.className, call, info);
    } catch (error) {
      return rejected(errorMessage(error));
    }

    const end = new AbortController();
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
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
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

  /** @throws NotAllowedError */
  #check({ method, className }: Call): void {
    const { methods, className: ours } = this.#options;
    if (!methods.includes(method)) {
      throw new NotAllowedError(
        `method ${JSON.stringify(method)} may not be called (allowed: ${methods.join(', ')})`,
      );
    }
    if (className !== undefined && (ours === undefined || !isSameClass(className, ours))) {
      const theirs = `the job is for class ${JSON.stringify(className)}`;
      throw new NotAllowedError(
        ours === undefined ? `${theirs}, and no classname is configured` : `${theirs}, not ${ours}`,
      );
    }
  }
}
