import { reasonOf } from '../../class-executor.ts';
import type { Executor, Outcome } from '../../executor.ts';
import type { Job } from '../../job-source.ts';
import type { Call } from '../../payload/payload.ts';
import type { BoardWriter } from '../board.ts';

export interface RunnerOptions {
  readonly read: (payload: Uint8Array, flags: number) => Call;
  readonly executor: Executor;
  readonly board: Pick<BoardWriter, 'post' | 'lift' | 'clear'>;
  /** Milliseconds; 0: as long as it takes. */
  readonly timeoutMs: number;
  /** How much later the parent is to see to a job that runs too long, where the executor does so itself. */
  readonly slackMs: number;
  /** Aborts when a stop begins. */
  readonly stopping: AbortSignal;
  /** Aborts when a stop waits no longer. */
  readonly signal: AbortSignal;
}

/** One attempt at a job, from its payload to its outcome. */
export class JobRunner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Never rejects. `slot`: its place on the board. `tell`: for what it says of its progress. */
  async run(slot: number, job: Job, tell: (text: string) => void): Promise<Outcome> {
    const { read, executor, board, slackMs, stopping, signal } = this.#options;
    let call: Call;
    try {
      call = read(job.payload, job.flags);
    } catch (error) {
      return { kind: 'rejected', reason: reasonOf(error) };
    }
    const rules = executor.rules?.(call.method);
    const timeoutMs = rules?.timeoutMs ?? this.#options.timeoutMs;
    const limit = rules?.limit;
    if (limit !== undefined) await limit.enter();
    board.post(slot, job, timeoutMs > 0 ? timeoutMs + slackMs : 0);
    try {
      const progress = (percent: number, text?: string) => tell(JSON.stringify({ percent, text }));
      return await executor.execute({ info: job, call, timeoutMs, stopping, signal, progress });
    } finally {
      if (timeoutMs > 0) board.lift(slot);
      limit?.leave();
    }
  }

  /** No job is in this place; it is not enough that it has run, it costs an attempt until the server knows. */
  rest(slot: number): void {
    this.#options.board.clear(slot);
  }
}
