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
import { unpackJobs } from '../packed-jobs.ts';
import { PRINTED_FD, PrintedWriter } from '../printed-records.ts';
import { RunningJobsWriter } from '../running-jobs.ts';
import { createExecutor, PROGRAM_GRACE_MS } from './create-executor.ts';
import { JobOutput } from './job-output.ts';
import { type Attempt, JobRunner } from './job-runner.ts';
import { resultText } from './result-text.ts';

/** How long the end of a job may be kept back to be told together with others, milliseconds. */
const TELL_MS = 2;

/** What took longer may have kept the event loop from what the parent says, milliseconds. */
const BLOCK_MS = 10;

/** So long after they were noted in the table together jobs still begin, milliseconds: else it would tell too little. */
const TOGETHER_MS = 1;

/** The child: runs the jobs that the parent gives it, as many at a time as the binding says, in the order in which they come. */
export class Child {
  readonly #concurrency: number;
  readonly #send: (message: ChildMessage) => void;
  readonly #stopping = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #runningJobs: RunningJobsWriter;
  readonly #executor: Executor;
  readonly #runner: JobRunner;
  /** Those that have not begun, in their order. */
  #waiting: AssignedJob[] = [];
  /** How many have been begun, or wait for others of their method. */
  #running = 0;
  /** So many are noted in the table at once, before the first of them begins: more, the less they take. */
  #together = 1;
  /** Whether the next ones begin later, by themselves. */
  #isContinuing = false;
  #isPausing = false;
  /** Those that wait for others of their method. One that is given back is not in it any more, and does not begin. */
  readonly #held = new Set<AssignedJob>();
  /** Those that have begun and need their time, by the number of their assignment. */
  readonly #begun = new Map<number, AssignedJob>();
  /** What is to be told: rows that were done and have no result, how long each ran, and how all others ended. */
  #doneRows: number[] = [];
  #doneMs: number[] = [];
  #ended: EndedJob[] = [];
  /** Since when there is something to tell. */
  #endedAt = 0;
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
    this.#runningJobs = new RunningJobsWriter(runningJobsFd);
    this.#runner = new JobRunner({
      read: payloadReader(payload),
      executor: this.#executor,
      output,
      runningJobs: this.#runningJobs,
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
        this.#waiting.push(...unpackJobs(command.jobs));
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
    this.#runningJobs.write();
    this.#tell();
    this.#executor.kill?.();
  }

  #beginNext(): void {
    while (!this.#isPausing && this.#running < this.#concurrency && this.#waiting.length > 0) {
      const most = Math.min(this.#concurrency - this.#running, this.#together);
      this.#beginTogether(this.#waiting.splice(0, most));
    }
    // How those that have ended did is known from here on, whatever the others do.
    this.#runningJobs.write();
    if (this.#waiting.length === 0 && this.#running === 0) this.#tell();
  }

  /** Begins jobs one after the other that the table has together: from when these begin to take their time, each by itself. */
  #beginTogether(jobs: readonly AssignedJob[]): void {
    const noted = performance.now();
    const attempts = this.#noted(jobs);
    let now = performance.now();
    for (const [index, attempt] of attempts.entries()) {
      if (index > 0 && (this.#isPausing || now - noted > TOGETHER_MS)) {
        this.#withdraw(attempts.slice(index));
        break;
      }
      if (this.#telling !== undefined && now - this.#endedAt > TELL_MS) this.#tell();
      now = this.#begin(attempt, now);
    }
    this.#together = now - noted > TOGETHER_MS ? 1 : Math.min(this.#together * 2, this.#concurrency);
  }

  /** Notes in the table those that can begin. */
  #noted(jobs: readonly AssignedJob[]): readonly Attempt[] {
    const attempts: Attempt[] = [];
    for (const job of jobs) {
      const began = performance.now();
      const attempt = this.#runner.read(job);
      if ('kind' in attempt) this.#note(job, attempt, performance.now() - began);
      else if (attempt.limit !== undefined) void this.#beginLimited(attempt);
      else attempts.push(attempt);
    }
    for (const attempt of attempts) this.#runner.note(attempt);
    this.#runningJobs.write();
    return attempts;
  }

  /** They are the first to begin when there is time. */
  #withdraw(attempts: readonly Attempt[]): void {
    const jobs = attempts.map(({ assigned }) => assigned);
    for (const { row } of jobs) this.#runningJobs.withdraw(row);
    this.#waiting.unshift(...jobs);
  }

  /** Gives the time at which its code first waited, or ended. */
  #begin(attempt: Attempt, began: number): number {
    const { assigned } = attempt;
    const { row, serial, job } = assigned;
    this.#running++;
    // Of a job without an id nobody could ask.
    const progress = (text: string) => {
      if (job.job !== undefined) this.#send({ type: 'progress', row, text });
    };
    const result = this.#runner.run(attempt, progress);
    const now = performance.now();
    if (result instanceof Promise) {
      this.#begun.set(serial, assigned);
      void result.then((late) => {
        this.#begun.delete(serial);
        this.#endedOne(assigned, late, performance.now() - began);
        this.#continue();
      });
    } else {
      this.#endedOne(assigned, result, now - began);
    }
    return now;
  }

  /** Begins a job once enough others of its method have ended. */
  async #beginLimited(attempt: Attempt): Promise<void> {
    const { assigned, limit } = attempt;
    this.#running++;
    this.#held.add(assigned);
    await limit?.enter();
    this.#running--;
    if (this.#held.delete(assigned)) {
      this.#runner.note(attempt);
      this.#runningJobs.write();
      this.#begin(attempt, performance.now());
    } else {
      limit?.leave();
    }
    this.#continue();
  }

  #endedOne(assigned: AssignedJob, result: JobResult, ms: number): void {
    this.#running--;
    this.#note(assigned, result, ms);
    // The next one may be back by then, or cancelled. What is to be read is seen in the turn after this one.
    if (ms > BLOCK_MS && !this.#isPausing) void this.#pause();
  }

  async #pause(): Promise<void> {
    this.#isPausing = true;
    await turn().then(() => turn());
    this.#isPausing = false;
    this.#beginNext();
  }

  /** The next ones begin together, when all that is about to end has. */
  #continue(): void {
    if (this.#isContinuing) return;
    this.#isContinuing = true;
    process.nextTick(() => {
      this.#isContinuing = false;
      this.#beginNext();
    });
  }

  #note({ row, job }: AssignedJob, result: JobResult, ms: number): void {
    if (this.#telling === undefined) {
      this.#endedAt = performance.now();
      this.#telling = setImmediate(() => this.#tell());
    }
    const { kind } = result;
    const value = resultText(job, result);
    if (kind === 'done' && value === undefined) {
      this.#doneRows.push(row);
      this.#doneMs.push(ms);
      return;
    }
    this.#ended.push({
      row,
      kind,
      ms,
      ...(value !== undefined && { value }),
      ...(result.kind !== 'done' && { reason: result.reason }),
      ...(result.kind === 'failed' && { hasDied: result.died, isStuck: result.isStuck }),
      ...(result.kind === 'rejected' && { isThrown: result.isThrown }),
    });
  }

  #tell(): void {
    if (this.#telling === undefined) return;
    clearImmediate(this.#telling);
    this.#telling = undefined;
    const done = { rows: this.#doneRows, ms: this.#doneMs };
    const jobs = this.#ended;
    this.#doneRows = [];
    this.#doneMs = [];
    this.#ended = [];
    this.#send({ type: 'ended', done, jobs });
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
