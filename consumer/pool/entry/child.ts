import { MemqError } from '../../../shared/errors.ts';
import { Connection } from '../../../shared/memcache.ts';
import { ClassExecutor, loadWorker } from '../../class-executor.ts';
import type { Executor, Outcome } from '../../executor.ts';
import { ForeignExecutor } from '../../foreign/foreign-executor.ts';
import { type Job, JobSource } from '../../job-source.ts';
import { payloadReader } from '../../payload/payload.ts';
import { countWaiting } from '../../waiting.ts';
import { BoardWriter } from '../board.ts';
import type { Assignment, EndReason, Landing, News, Order } from '../messages.ts';
import { Adrift, markOf } from './adrift.ts';
import { Allowance } from './allowance.ts';
import { createJobLogger } from './job-logger.ts';
import { JobRunner } from './job-runner.ts';
import { Lane } from './lane.ts';
import { Link } from './link.ts';

/** How long the parent waits for counts, milliseconds. */
const COUNT_MS = 100;

/** How long an end waits for the server to take jobs back, milliseconds. */
const GIVE_BACK_MS = 1000;

/** How long a program may take to end after its last job, milliseconds. */
const PROGRAM_GRACE_MS = 5000;

const NO_COUNTS = { done: 0, failed: 0, rejected: 0 };

/** What the parent keeps of a payload's beginning, bytes. */
const SHOWN_PAYLOAD = 200;

/** A process that runs the jobs of one binding. */
export class Child {
  readonly #assignment: Assignment;
  readonly #send: (news: News) => void;
  readonly #allowance: Allowance;
  readonly #adrift = new Adrift();
  readonly #stopping = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #executor: Executor;
  readonly #counts = { ...NO_COUNTS };
  #countTimer: NodeJS.Timeout | undefined;
  #lanes: Lane[] = [];
  #isLoaded = false;
  #isReady = false;
  /** Ends the work before its time. */
  readonly #over: Promise<EndReason>;
  #endNow!: (reason: EndReason) => void;

  /** `boardFd`: the file that the parent reads. */
  constructor(assignment: Assignment, send: (news: News) => void) {
    this.#assignment = assignment;
    this.#send = send;
    this.#allowance = new Allowance(assignment.maxJobs ?? Number.POSITIVE_INFINITY);
    this.#executor = createExecutor(assignment, send);
    this.#over = new Promise((resolve) => {
      this.#endNow = resolve;
    });
  }

  /**
   * Works until there is no job, or no more may be taken, or a stop is over; why it ended.
   *
   * @throws MemqError when the worker cannot be loaded, or the server cannot be used
   */
  async work(boardFd: number): Promise<EndReason> {
    const { binding, isWatching, countsWaiting } = this.#assignment;
    const early = await Promise.race([this.#executor.start(), this.#over]);
    if (early !== undefined) return early;
    this.#isLoaded = true;
    if (countsWaiting) await this.#tellWaiting();
    const runner = this.#createRunner(boardFd);
    const link = new Link({
      works: () => this.#tellReady(),
      lost: (message) => {
        // The server will be back; a login that it refuses is another matter.
        this.#tellReady();
        this.#send({ type: 'lost', message });
      },
      back: () => this.#send({ type: 'back' }),
    });
    this.#lanes = Array.from({ length: binding.concurrency }, (_, slot) => {
      return new Lane({
        slot,
        runner,
        link,
        isWatching,
        allowance: this.#allowance,
        adrift: this.#adrift,
        connect: () => new JobSource(binding.server, binding.queues),
        looksAhead: binding.concurrency === 1 && isOneQueue(binding.queues),
        listener: this,
      });
    });
    if (!isWatching || this.#allowance.isPaused) this.#tellReady();
    try {
      const reason = await Promise.race([this.#workAll(), this.#over]);
      await this.#executor.close();
      return reason;
    } finally {
      this.#flushCounts();
    }
  }

  obey(order: Order): void {
    switch (order.type) {
      case 'stop':
        this.#stop(order.graceMs);
        break;
      case 'pause':
        this.#allowance.pause();
        if (this.#isLoaded) this.#tellReady();
        for (const lane of this.#lanes) lane.interrupt();
        break;
      case 'resume':
        this.#allowance.resume();
        break;
      case 'adrift':
        this.#adrift.expect(order.mark);
        break;
      case 'landed':
        this.#adrift.land(order.mark, order.outcome);
        break;
    }
  }

  /** Says what is still to be said, when the process ends, and leaves nothing behind. */
  leave(): void {
    this.#flushCounts();
    this.#executor.kill?.();
  }

  ended(job: Job, outcome: Outcome, ms: number): void {
    this.#counts[outcome.kind]++;
    this.#countTimer ??= setTimeout(() => this.#flushCounts(), COUNT_MS);
    if (outcome.kind === 'done') return;
    const { queue, id, attempt, payload } = job;
    const call = payload.toString('utf8', 0, SHOWN_PAYLOAD);
    const named = job.job === undefined ? {} : { job: job.job };
    const trouble = { queue, id, ...named, attempt, call, kind: outcome.kind, reason: outcome.reason, ms };
    this.#send({ type: 'trouble', trouble: { ...trouble, pid: process.pid } });
  }

  unsettled({ queue, id, attempt }: Job, { kind }: Outcome): void {
    this.#send({ type: 'unsettled', queue, id, attempt, outcome: kind });
  }

  adrift(job: Job, outcome: Promise<Outcome>): void {
    const mark = markOf(job);
    this.#adrift.add(mark, outcome);
    this.#send({ type: 'adrift', mark });
    outcome.then((ended) => {
      const told: Landing['outcome'] = {
        kind: ended.kind,
        reason: ended.kind === 'done' ? '' : ended.reason,
      };
      this.#send({ type: 'landed', mark, outcome: told });
    });
  }

  /** Other jobs of this process would not get on with it: they go back, and the process ends. */
  stuck(): void {
    this.#allowance.end();
    this.#end('stuck');
  }

  /** Once. */
  #tellReady(): void {
    if (!this.#isReady) this.#send({ type: 'ready' });
    this.#isReady = true;
  }

  async #tellWaiting(): Promise<void> {
    const { server, queues } = this.#assignment.binding;
    const connection = new Connection(server);
    try {
      this.#send({ type: 'waiting', count: (await countWaiting(connection, queues)).jobs });
    } catch (error) {
      // What keeps the count from being made, the first read will say.
      if (!(error instanceof MemqError)) throw error;
    } finally {
      connection.close();
    }
  }

  async #workAll(): Promise<EndReason> {
    const { signal } = this.#stopping;
    let problem: unknown;
    const works = this.#lanes.map((lane) =>
      lane.work(signal).catch((error: unknown) => {
        problem ??= error;
        // The others bring their jobs to an end.
        this.#takeNoMore();
      }),
    );
    await Promise.all(works);
    if (problem !== undefined) throw problem;
    if (signal.aborted) return 'stopped';
    return this.#allowance.isOver ? 'enough' : 'empty';
  }

  #takeNoMore(): void {
    this.#allowance.end();
    for (const lane of this.#lanes) lane.interrupt();
  }

  #stop(graceMs: number): void {
    this.#stopping.abort();
    this.#takeNoMore();
    if (!this.#isLoaded) this.#endNow('stopped');
    setTimeout(() => {
      this.#giveUp.abort();
      this.#end('stopped');
    }, graceMs).unref();
  }

  #end(reason: EndReason): void {
    const timer = setTimeout(() => this.#endNow(reason), GIVE_BACK_MS);
    Promise.all(this.#lanes.map((lane) => lane.giveBack())).then(() => {
      clearTimeout(timer);
      this.#endNow(reason);
    });
  }

  #createRunner(boardFd: number): JobRunner {
    const { payload, timeoutMs, worker } = this.#assignment.binding;
    return new JobRunner({
      read: payloadReader(payload),
      executor: this.#executor,
      board: new BoardWriter(boardFd),
      timeoutMs,
      slackMs: worker.kind === 'command' ? PROGRAM_GRACE_MS : 0,
      stopping: this.#stopping.signal,
      signal: this.#giveUp.signal,
    });
  }

  #flushCounts(): void {
    clearTimeout(this.#countTimer);
    this.#countTimer = undefined;
    const counts = { ...this.#counts };
    if (counts.done + counts.failed + counts.rejected === 0) return;
    Object.assign(this.#counts, NO_COUNTS);
    this.#send({ type: 'counted', counts });
  }
}

function createExecutor({ binding, logLevel }: Assignment, send: (news: News) => void): Executor {
  const { worker, methods, className, recycle } = binding;
  const log = createJobLogger(logLevel, (line) => send({ type: 'log', line }));
  if (worker.kind === 'class') {
    return new ClassExecutor(() => loadWorker({ file: worker.file, className: className!, methods }), log);
  }
  return new ForeignExecutor({
    command: worker.command,
    directory: worker.directory,
    className,
    methods: methods!,
    recycle,
    graceMs: PROGRAM_GRACE_MS,
    onPrinted: ({ text, ...about }) => log.info(about, text),
  });
}

/** Of several queues two reads at the same time would mix up the order. */
function isOneQueue(queues: string): boolean {
  return !queues.includes(',') && queues !== '*';
}
