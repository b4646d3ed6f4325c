import { spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import type { Execution, JobResult } from '../../consumer/executor.ts';
import { ForeignExecutor } from '../../consumer/foreign/foreign-executor.ts';
import type { Printed } from '../../consumer/foreign/program.ts';
import type { ProgramPoolOptions } from '../../consumer/foreign/program-pool.ts';
import type { Call } from '../../consumer/payload/payload.ts';
import { missing } from './missing.ts';

/** Declares what `attempt` declares if the program is there; else one test that says that it is missing. */
export function withProgram(program: string, attempt: () => void): void {
  if (spawnSync(program, ['--version']).error === undefined) return attempt();
  missing(`${program} is not installed`);
}

/** An executor, and what its programs have printed. */
export class Foreign {
  readonly printed: Printed[] = [];
  readonly executor: ForeignExecutor;
  #jobs = 0;

  constructor(command: readonly [string, ...string[]], options: Partial<ProgramPoolOptions>) {
    this.executor = new ForeignExecutor({
      command,
      directory: '.',
      className: 'Worker',
      methods: [],
      recycle: 0,
      graceMs: 10_000,
      onPrinted: (printed) => this.printed.push(printed),
      ...options,
    });
  }

  /** Runs one job; the ids are 1, 2, 3, ... */
  readonly run = (method: string, args: readonly unknown[] = [], options: Partial<Execution> = {}) =>
    this.execute({ method, args }, options);

  execute(call: Call, options: Partial<Execution> = {}): Promise<JobResult> {
    this.#jobs++;
    return this.executor.execute({
      info: { queue: 'q', id: String(this.#jobs), job: undefined, attempt: 1, enqueued: 0 },
      call,
      timeoutMs: 0,
      stopping: new AbortController().signal,
      signal: new AbortController().signal,
      progress: () => {},
      ...options,
    });
  }
}

/** An executor that is closed after the test. */
export function foreign(
  command: readonly [string, ...string[]],
  options: Partial<ProgramPoolOptions> = {},
): Foreign {
  const made = new Foreign(command, options);
  onTestFinished(() => made.executor.close());
  return made;
}
