import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer, type TestServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { Workplace } from '../helpers/workplace.ts';
import { countHeld, type Held } from './held.ts';
import { judgeSteps, type Steps } from './steps.ts';
import { TRIAL_WORKER } from './worker.ts';

export interface Trial {
  readonly jobs: number;
  readonly groups: number;
  /** Processes of memq-consume, and how many jobs each runs at a time. */
  readonly workers: number;
  readonly concurrency: number;
  readonly maxRunning: number;
  /** A worker, or its child, is killed so often, and so is the server. */
  readonly killWorkerMs: number;
  readonly killServerMs: number;
  /** Bytes: nothing of the log may be freed. */
  readonly segmentSize: string;
}

export interface Report extends Steps, Held {
  readonly workerKills: number;
  readonly serverKills: number;
  readonly seconds: number;
}

/** Longer than a server is away, and than a worker takes to find it again. */
const LEASE_S = 15;
const ENQUEUED_AT_ONCE = 500;

/**
 * Runs many jobs of many groups by workers that are killed again and again, as is their server; what the log and the
 * workers say of it.
 */
export async function runTrial(trial: Trial): Promise<Report> {
  const { maxRunning, segmentSize, concurrency } = trial;
  const begin = Date.now();
  await using server = await startServer({
    args: ['--segment-size', segmentSize],
    config: `[queue:q]\nmax_running = ${maxRunning}\nmax_attempts = 1000\nbackoff = fixed:0.2\nkeep_done = 0\n`,
  });
  const workplace = await Workplace.create(server);
  try {
    await workplace.setWorker(TRIAL_WORKER);
    await workplace.configure(`concurrency = ${concurrency}\nlease = ${LEASE_S}\nrecycle = 0\n`);
    mkdirSync(join(workplace.directory, 'locks'));
    const jobs = await enqueueAll(server.port, trial);
    const ending = new AbortController();
    const workers = Array.from({ length: trial.workers }, () => workplace.start('--watch'));
    const killing = Promise.all([
      every(trial.killWorkerMs, ending.signal, async (count) => {
        const index = (count * 7) % workers.length;
        workers[index]?.kill('SIGKILL');
        await workers[index]?.ended;
        workers[index] = workplace.start('--watch');
      }),
      every(trial.killServerMs, ending.signal, async () => {
        await server.kill();
        await server.start();
      }),
    ]);
    await Promise.race([killing, isEmpty(server)]);
    ending.abort();
    const { workerKills, serverKills } = await killing.then(([a, b]) => ({ workerKills: a, serverKills: b }));
    await isEmpty(server);
    for (const worker of workers) worker.kill('SIGTERM');
    await Promise.all(workers.map(({ ended }) => ended));
    const steps = judgeSteps(readLines(join(workplace.directory, 'steps.log')), jobs);
    await server.stop();
    const held = await countHeld(server.dataDir);
    await server.start();
    return { ...steps, ...held, workerKills, serverKills, seconds: (Date.now() - begin) / 1000 };
  } finally {
    await workplace.leave();
  }
}

/** Enqueues them all, some groups having many more than others: how many each has. */
async function enqueueAll(port: number, { jobs, groups }: Trial): Promise<ReadonlyMap<string, number>> {
  using client = await TextClient.connect(port);
  const counts = new Map<string, number>();
  for (let left = jobs; left > 0; left -= ENQUEUED_AT_ONCE) {
    const sets = Array.from({ length: Math.min(left, ENQUEUED_AT_ONCE) }, () => {
      const group = `g${Math.floor(groups * Math.random() ** 1.5)}`;
      const number = counts.get(group) ?? 0;
      counts.set(group, number + 1);
      const call = `step('${group}', ${number})`;
      return `set q/group=${group} 0 0 ${call.length}\r\n${call}\r\n`;
    });
    client.send(sets.join(''));
    for (const _ of sets) {
      const answer = await client.line();
      if (answer !== 'STORED') throw new Error(`a set was answered with ${answer}`);
    }
  }
  return counts;
}

/** Does something again and again until it is told to end: how often. */
async function every(
  ms: number,
  signal: AbortSignal,
  act: (count: number) => Promise<void>,
): Promise<number> {
  for (let count = 0; ; count++) {
    await sleep(ms, undefined, { signal }).catch(() => {});
    if (signal.aborted) return count;
    await act(count);
  }
}

/** Resolves when nothing waits or runs any more. */
async function isEmpty(server: TestServer): Promise<void> {
  for (;;) {
    await sleep(200);
    const left = await figures(server.port).catch(() => undefined);
    if (left === 0) return;
  }
}

async function figures(port: number): Promise<number> {
  using client = await TextClient.connect(port);
  const stats = await client.stats('queues');
  return ['waiting', 'delayed', 'reserved'].reduce((sum, name) => sum + Number(stats.get(`q:${name}`)), 0);
}

function readLines(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}
