// Runs in a child.
import { setImmediate as turn } from 'node:timers/promises';
import type { Executor, JobResult } from '../../executor.ts';
import { payloadReader } from '../../payload/payload.ts';
import type {
  Assigned,
  AssignedJob,
  ChildCommand,
  ChildMessage,
  ChildOptions,
  EndedJob,
} from '../messages.ts';
import { PRINTED_FD, PrintedWriter } from '../printed-records.ts';
import { RunningJobsWriter } from '../running-jobs.ts';
import { createExecutor, PROGRAM_GRACE_MS } from './create-executor.ts';
import { JobOutput } from './job-output.ts';
import { JobRunner } from './job-runner.ts';
import { resultText } from './result-text.ts';

/** How long the end of a job may be kept back to be told together with others, milliseconds. */
const TELL_MS = 2;

/** What took longer may have kept the event loop from what the parent says, milliseconds. */
const BLOCK_MS = 10;

/** The child: runs the jobs that the parent gives it, as many at a time as the binding says, in the order in which they come. */
export class Child {
  readonly #concurrency: number;
  readonly #send: (message: ChildMessage) => void;
  readonly #stopping = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #executor: Executor;
  readonly #runner: JobRunner;
  /** Those that have not begun, in their order. */
  #waiting: AssignedJob[] = [];
  /** How many have been begun, or wait for others of their method. */
  #running = 0;
  /** Those that wait for others of their method. One that is given back is not in it any more, and does not begin. */
  readonly #held = new Set<AssignedJob>();
  /** Those that have begun, by the number of their assignment. */
  readonly #begun = new Map<number, AssignedJob>();
  #ended: EndedJob[] = [];
  #toldAt = 0;
  #telling: NodeJS.Immediate | undefined;

  /** `runningJobsFd`: the file that the parent reads. */
  constructor(
    { binding, logLevel }: ChildOptions,
    runningJobsFd: number,
    send: (message: ChildMessage) => void,
  ) {
    const { payload, timeoutMs, worker, concurrency } = binding;
    this.#concurrency = concurrency;
    this.#send = send;
    const output = new JobOutput(binding.output === 'log' ? new PrintedWriter(PRINTED_FD) : undefined);
    output.install();
    this.#executor = createExecutor(binding, logLevel, (line) => send({ type: 'log', line }), output);
    this.#runner = new JobRunner({
      read: payloadReader(payload),
      executor: this.#executor,
      output,
      runningJobs: new RunningJobsWriter(runningJobsFd),
      timeoutMs,
      slackMs: worker.kind === 'command' ? PROGRAM_GRACE_MS : 0,
      stopping: this.#stopping.signal,
      signal: this.#giveUp.signal,
    });
  }

  /** @throws MemqError when the worker cannot be loaded */
  async load(): Promise<void> {
    await this.#executor.start();
    this.#send({ type: 'ready' });
  }

  handle(command: ChildCommand): void {
    switch (command.type) {
      case 'jobs':
        this.#waiting.push(...command.jobs);
        this.#beginNext();
        break;
      case 'return':
        this.#giveBack([...this.#held, ...this.#waiting]);
        break;
      case 'cancel':
        this.#cancel(command, command.graceMs);
        break;
      case 'stop':
        this.#stopping.abort();
        break;
    }
  }

  /** The end of all: programs that still run are killed. */
  async end(): Promise<void> {
    this.#giveUp.abort();
    await this.#executor.close();
    this.#tell();
  }

  /** When the process ends: tells what is still to be told, and kills what it has started. */
  leave(): void {
    this.#tell();
    this.#executor.kill?.();
  }

  #beginNext(): void {
    while (this.#running < this.#concurrency) {
      const assigned = this.#waiting.shift();
      if (assigned === undefined) return;
      this.#running++;
      void this.#run(assigned);
    }
  }

  async #run(assigned: AssignedJob): Promise<void> {
    const { row, serial, job } = assigned;
    if (this.#ended.length > 0 && performance.now() - this.#toldAt > TELL_MS) this.#tell();
    this.#held.add(assigned);
    const isWanted = () => {
      if (!this.#held.delete(assigned)) return false;
      this.#begun.set(serial, assigned);
      return true;
    };
    const began = performance.now();
    // Of a job without an id nobody could ask.
    const progress = (text: string) => {
      if (job.job !== undefined) this.#send({ type: 'progress', row, text });
    };
    const result = await this.#runner.run(assigned, isWanted, progress);
    this.#held.delete(assigned);
    this.#begun.delete(serial);
    if (result !== undefined) this.#note(assigned, result, performance.now() - began);
    this.#running--;
    // The next one may be back by then, or cancelled. What is to be read is seen in the turn after this one.
    if (performance.now() - began > BLOCK_MS) await turn().then(() => turn());
    this.#beginNext();
  }

  #note({ row, job }: AssignedJob, result: JobResult, ms: number): void {
    const { kind } = result;
    const value = resultText(job, result);
    this.#ended.push({
      row,
      kind,
      ms,
      ...(value !== undefined && { value }),
      ...(result.kind !== 'done' && { reason: result.reason }),
      ...(result.kind === 'failed' && { hasDied: result.died, isStuck: result.isStuck }),
      ...(result.kind === 'rejected' && { isThrown: result.isThrown }),
    });
    if (this.#waiting.length === 0 && this.#running === 1) this.#tell();
    else this.#telling ??= setImmediate(() => this.#tell());
  }

  #tell(): void {
    clearImmediate(this.#telling);
    this.#telling = undefined;
    this.#toldAt = performance.now();
    if (this.#ended.length === 0) return;
    const jobs = this.#ended;
    this.#ended = [];
    this.#send({ type: 'ended', jobs });
  }

  /** One that has ended meanwhile is not found. */
  #cancel({ serial }: Assigned, graceMs: number): void {
    const begun = this.#begun.get(serial);
    if (begun !== undefined) {
      this.#executor.cancel(begun.job, graceMs);
      return;
    }
    const other = [...this.#held, ...this.#waiting].find((each) => each.serial === serial);
    if (other !== undefined) this.#giveBack([other]);
  }

  /** These have not begun, and will not. */
  #giveBack(jobs: readonly AssignedJob[]): void {
    const all = new Set(jobs);
    for (const job of all) this.#held.delete(job);
    this.#waiting = this.#waiting.filter((job) => !all.has(job));
    this.#send({ type: 'returned', rows: jobs.map(({ row }) => row) });
  }
}
