// Runs in a child.
import { Deferred } from '../../../shared/deferred.ts';
import { MemqError } from '../../../shared/errors.ts';
import { Connection } from '../../../shared/memcache.ts';
import type { Executor, JobResult } from '../../executor.ts';
import { payloadReader } from '../../payload/payload.ts';
import type { Job } from '../../queue/job.ts';
import { JobSource } from '../../queue/job-source.ts';
import { countWaiting } from '../../queue/waiting-jobs.ts';
import type { ChildMessage, ChildOptions, EndReason, PoolCommand } from '../messages.ts';
import { PRINTED_FD, PrintedWriter } from '../printed-records.ts';
import { RunningJobsWriter } from '../running-jobs.ts';
import { createExecutor, PROGRAM_GRACE_MS } from './create-executor.ts';
import { JobLoop } from './job-loop.ts';
import { JobOutput } from './job-output.ts';
import { JobQuota } from './job-quota.ts';
import { JobReports } from './job-reports.ts';
import { JobRunner } from './job-runner.ts';
import { jobKey, OrphanedJobs } from './orphaned-jobs.ts';
import { ServerLink } from './server-link.ts';

/** How long an end waits for the server to take jobs back, milliseconds. */
const GIVE_BACK_MS = 1000;

/** The child: runs the jobs of one binding, in as many job loops as may run at a time. */
export class Child {
  readonly #options: ChildOptions;
  readonly #send: (message: ChildMessage) => void;
  readonly #quota: JobQuota;
  readonly #orphans = new OrphanedJobs();
  readonly #stopping = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #output: JobOutput;
  readonly #executor: Executor;
  readonly #reports: JobReports;
  #loops: readonly JobLoop[] = [];
  #isLoaded = false;
  #isReady = false;
  /** Ends the work before its time. */
  readonly #over = new Deferred<EndReason>();

  constructor(options: ChildOptions, send: (message: ChildMessage) => void) {
    this.#options = options;
    this.#send = send;
    this.#quota = new JobQuota(options.maxJobs ?? Number.POSITIVE_INFINITY);
    const { binding, logLevel } = options;
    this.#output = new JobOutput(binding.output === 'log' ? new PrintedWriter(PRINTED_FD) : undefined);
    this.#output.install();
    this.#executor = createExecutor(binding, logLevel, (line) => send({ type: 'log', line }), this.#output);
    this.#reports = new JobReports(send);
  }

  /**
   * Works until there is no job, or no more may be taken, or a stop is over; why it ended. `runningJobsFd`: the file
   * that the parent reads.
   *
   * @throws MemqError when the worker cannot be loaded, or the server cannot be used
   */
  async work(runningJobsFd: number): Promise<EndReason> {
    const { isWatching, countsWaiting } = this.#options;
    const early = await Promise.race([this.#executor.start(), this.#over.promise]);
    if (early !== undefined) return early;
    this.#isLoaded = true;
    if (countsWaiting) await this.#sendWaiting();
    this.#loops = this.#createLoops(runningJobsFd);
    if (!isWatching || this.#quota.isPaused) this.#sendReady();
    try {
      const reason = await Promise.race([this.#runLoops(), this.#over.promise]);
      await this.#executor.close();
      return reason;
    } finally {
      this.#reports.flush();
    }
  }

  handle(command: PoolCommand): void {
    switch (command.type) {
      case 'stop':
        this.#stop(command.graceMs);
        break;
      case 'pause':
        this.#quota.pause();
        if (this.#isLoaded) this.#sendReady();
        for (const loop of this.#loops) loop.interrupt();
        break;
      case 'resume':
        this.#quota.resume();
        break;
      case 'orphaned':
        this.#orphans.expect(command.key);
        break;
      case 'orphan-ended':
        this.#orphans.settle(command.key, command.result);
        break;
    }
  }

  /** When the process ends: sends what is still to be sent, and kills what it has started. */
  leave(): void {
    this.#reports.flush();
    this.#executor.kill?.();
  }

  ended(job: Job, result: JobResult, ms: number): void {
    this.#reports.add(job, result, ms);
  }

  unsettled({ queue, id, attempt }: Job, { kind }: JobResult): void {
    this.#send({ type: 'unsettled', queue, id, attempt, result: kind });
  }

  orphaned(job: Job, result: Promise<JobResult>): void {
    const key = jobKey(job);
    this.#orphans.add(key, result);
    this.#send({ type: 'orphaned', key });
    result.then((known) => {
      const reason = known.kind === 'done' ? '' : known.reason;
      this.#send({ type: 'orphan-ended', key, result: { kind: known.kind, reason } });
    });
  }

  /** Other jobs of this process would not get on with it: they go back, and the process ends. */
  stuck(): void {
    this.#quota.end();
    this.#end('stuck');
  }

  #createLoops(runningJobsFd: number): JobLoop[] {
    const { binding, isWatching } = this.#options;
    const { server, queues, concurrency } = binding;
    const runner = this.#createRunner(runningJobsFd);
    const link = new ServerLink({
      answered: () => this.#sendReady(),
      lost: (message) => {
        this.#send({ type: 'lost', message });
        // The server will be back; a login that it refuses is another matter.
        this.#sendReady();
      },
      back: () => this.#send({ type: 'back' }),
    });
    return Array.from({ length: concurrency }, (_, row) => {
      return new JobLoop({
        row,
        runner,
        link,
        isWatching,
        quota: this.#quota,
        orphans: this.#orphans,
        connect: () => new JobSource(server, queues),
        looksAhead: concurrency === 1 && isOneQueue(queues),
        listener: this,
      });
    });
  }

  #createRunner(runningJobsFd: number): JobRunner {
    const { payload, timeoutMs, worker } = this.#options.binding;
    return new JobRunner({
      read: payloadReader(payload),
      executor: this.#executor,
      output: this.#output,
      runningJobs: new RunningJobsWriter(runningJobsFd),
      timeoutMs,
      slackMs: worker.kind === 'command' ? PROGRAM_GRACE_MS : 0,
      stopping: this.#stopping.signal,
      signal: this.#giveUp.signal,
    });
  }

  /** Once. */
  #sendReady(): void {
    if (!this.#isReady) this.#send({ type: 'ready' });
    this.#isReady = true;
  }

  async #sendWaiting(): Promise<void> {
    const { server, queues } = this.#options.binding;
    const connection = new Connection(server);
    try {
      this.#send({ type: 'waiting', count: (await countWaiting(connection, queues)).jobs });
    } catch (error) {
      // The first read meets the same problem, and reports it.
      if (!(error instanceof MemqError)) throw error;
    } finally {
      connection.close();
    }
  }

  async #runLoops(): Promise<EndReason> {
    const { signal } = this.#stopping;
    let problem: unknown;
    const works = this.#loops.map((loop) =>
      loop.work(signal).catch((error: unknown) => {
        problem ??= error;
        // The others bring their jobs to an end.
        this.#takeNoMore();
      }),
    );
    await Promise.all(works);
    if (problem !== undefined) throw problem;
    if (signal.aborted) return 'stopped';
    return this.#quota.isOver ? 'enough' : 'empty';
  }

  #takeNoMore(): void {
    this.#quota.end();
    for (const loop of this.#loops) loop.interrupt();
  }

  #stop(graceMs: number): void {
    this.#stopping.abort();
    this.#takeNoMore();
    if (!this.#isLoaded) this.#over.resolve('stopped');
    setTimeout(() => {
      this.#giveUp.abort();
      this.#end('stopped');
    }, graceMs).unref();
  }

  #end(reason: EndReason): void {
    const timer = setTimeout(() => this.#over.resolve(reason), GIVE_BACK_MS);
    Promise.all(this.#loops.map((loop) => loop.giveBack())).then(() => {
      clearTimeout(timer);
      this.#over.resolve(reason);
    });
  }
}

/** Of several queues two reads at the same time would mix up the order. */
function isOneQueue(queues: string): boolean {
  return !queues.includes(',') && queues !== '*';
}
