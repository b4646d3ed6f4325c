import { ConfigError } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import { Connection } from '../shared/memcache.ts';
import { loadClassFile } from './class-file.ts';
import type { ConsumerConfig } from './config.ts';
import type { Outcome, Worker } from './dispatch.ts';
import { takePlace } from './overlap-lock.ts';
import { textReader } from './payload/text.ts';
import { startProgress } from './progress.ts';
import { type Job, Queue } from './queue.ts';
import { narrow, type WorkerDefinition } from './registry.ts';
import { drain } from './runner.ts';

export interface RunOptions {
  /** How many jobs to run at most. */
  readonly maxJobs: number;
  /** Ends the run after the job that is running. */
  readonly signal: AbortSignal;
}

/** How many jobs ended in which way. */
export type Tally = Record<Outcome['kind'], number>;

/** Runs the jobs that wait, and says how many; says nothing when there are none, or enough other runs are at it. */
export async function run(config: ConsumerConfig, options: RunOptions, log: Logger): Promise<Tally> {
  const tally: Tally = { done: 0, failed: 0, rejected: 0 };
  const place = takePlace(config.file, config.overlap);
  if (place === undefined) return tally;
  const started = performance.now();
  // A job is waited for, even when the connection is gone and nothing else would keep the process.
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    await work(config, options, log, tally);
  } finally {
    clearInterval(alive);
    place.release();
    const seconds = Math.round(performance.now() - started) / 1000;
    if (total(tally) > 0) log.info({ queue: config.queueName, ...tally, seconds }, 'jobs have run');
  }
  return tally;
}

async function work(config: ConsumerConfig, options: RunOptions, log: Logger, tally: Tally): Promise<void> {
  const worker = await createWorker(config);
  // Each connects with its first request.
  const connections = [new Connection(config.server), new Connection(config.server)] as const;
  const queues = [
    new Queue(connections[0], config.queueName),
    new Queue(connections[1], config.queueName),
  ] as const;
  try {
    const progress = await startProgress(config.queueName, () => queues[0].waiting());
    try {
      await drain(queues, worker, {
        ...options,
        readText: textReader(config.charset),
        onOutcome: (job, outcome) => {
          tally[outcome.kind]++;
          progress.update(total(tally), tally.failed + tally.rejected);
          if (outcome.kind !== 'done') progress.aside(() => logTrouble(log, job, outcome));
        },
        onUnsettled: ({ id, attempt }, { kind }) => {
          const message = 'a job has run, but the server could not be told: it will run again';
          progress.aside(() => log.error({ job: id, attempt, outcome: kind }, message));
        },
      });
    } finally {
      progress.stop();
    }
  } finally {
    for (const connection of connections) connection.close();
  }
}

function total({ done, failed, rejected }: Tally): number {
  return done + failed + rejected;
}

/** The worker's class with the methods that may be called; no instance is made. */
export async function loadWorker(config: ConsumerConfig): Promise<WorkerDefinition> {
  return narrow(await loadClassFile(config.classFile, config.className), config.methods);
}

async function createWorker(config: ConsumerConfig): Promise<Worker> {
  const definition = await loadWorker(config);
  try {
    return { definition, instance: definition.create() };
  } catch (error) {
    const reason = error instanceof Error ? error.stack : String(error);
    throw new ConfigError(`classfile ${config.classFile}: new ${definition.name}() threw ${reason}`);
  }
}

function logTrouble(log: Logger, job: Job, outcome: Exclude<Outcome, { kind: 'done' }>): void {
  const about = { job: job.id, attempt: job.attempt, reason: outcome.reason };
  if (outcome.kind === 'failed')
    log.warn(about, 'a job failed; the server tries it again later, or keeps it after its last attempt');
  else log.error(about, 'a job was refused; the server keeps it as failed');
}
