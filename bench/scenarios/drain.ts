import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepTrackOf, makeDirectory, removeDirectory } from '../children.ts';
import { runLoad } from '../load/process.ts';
import { memqDurable } from '../peers/memq.ts';
import { RunningServer } from '../peers/running-server.ts';
import { medianRow } from '../result.ts';
import { collectCounts } from './call-count.ts';
import type { Scenario, Settings } from './scenario.ts';

const JOBS = 100_000;
const LEAST_PER_SECOND = 15_000;
const QUEUE = 'bench';
/** Milliseconds after which a memq-consume that has not ended is taken to hang. */
const TIME_LIMIT = 300_000;

const consumerEntry = fileURLToPath(new URL('../../consumer/main.js', import.meta.url));
const workerFile = fileURLToPath(new URL('./noop-worker.js', import.meta.url));

/** How many jobs a second `memq-consume` takes, runs and finishes, its own start and end included. */
export const drain: Scenario = {
  name: 'drain',
  async run(settings) {
    const jobs = settings.ops ?? JOBS;
    const rates: number[] = [];
    let wrong = 0;
    const server = await RunningServer.start(memqDurable, settings.directory);
    try {
      for (let round = 0; round < settings.rounds; round++) {
        await enqueue(server.port, jobs);
        const { seconds, calls } = await consume(server.port, settings);
        rates.push(jobs / seconds);
        wrong += Math.abs(jobs - calls);
        const rate = Math.round(jobs / seconds).toLocaleString('en-US');
        settings.onProgress(`drain ${round + 1}/${settings.rounds} memq-consume: ${rate} jobs/s`);
      }
    } catch (error) {
      throw server.explain(error);
    } finally {
      await server.stop();
    }
    const row = medianRow('memq-consume', 'jobs/s', rates);
    return {
      name: 'drain',
      load: `${jobs.toLocaleString('en-US')} jobs that do nothing, one memq-consume, memq --sync always`,
      rows: [{ ...row, wrong }],
      bars: [{ least: LEAST_PER_SECOND, unit: row.unit, reached: row.figure }],
      absent: [],
    };
  },
};

async function enqueue(port: number, jobs: number): Promise<void> {
  const { wrong } = await runLoad({
    protocol: 'memcached',
    port,
    connections: 10,
    inFlight: 16,
    queue: QUEUE,
    keys: 'plain',
    body: 'noop()',
    mode: 'set',
    warmUp: 1,
    ops: jobs - 1,
  });
  if (wrong > 0) throw new Error(`${wrong} jobs could not be enqueued`);
}

/** Runs memq-consume until the queue is empty; counts the calls that really happened. */
async function consume(port: number, settings: Settings): Promise<{ seconds: number; calls: number }> {
  const directory = makeDirectory(settings.directory);
  try {
    writeFileSync(
      join(directory, 'config.ini'),
      `queuename = ${QUEUE}\nclassname = NoopWorker\nclassfile = ${workerFile}\n`,
    );
    const log = openSync(join(directory, 'log'), 'a');
    const start = performance.now();
    const child = spawn(
      process.execPath,
      [consumerEntry, '--config', 'config.ini', '--server', `127.0.0.1:${port}`],
      {
        cwd: directory,
        stdio: ['ignore', log, log],
        detached: true,
        timeout: TIME_LIMIT,
        killSignal: 'SIGKILL',
      },
    );
    closeSync(log);
    const [code, signal] = await once(keepTrackOf(child), 'exit');
    const seconds = (performance.now() - start) / 1000;
    if (code !== 0) {
      const lastWords = readFileSync(join(directory, 'log'), 'utf8').slice(-2000).trim();
      throw new Error(`memq-consume ended with ${code ?? signal}:\n${lastWords}`);
    }
    return { seconds, calls: collectCounts(directory) };
  } finally {
    removeDirectory(directory);
  }
}
