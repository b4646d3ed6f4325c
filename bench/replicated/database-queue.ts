import { fileURLToPath } from 'node:url';
import { Subprocess } from '../subprocess.ts';

export interface DatabaseQueueOrder {
  readonly url: string;
  readonly jobs: number;
  /** Who enqueue at a time, and jobs that run at a time. */
  readonly concurrency: number;
}

export interface DatabaseQueueResult {
  readonly calls: number;
  /** Until all jobs are stored, and from then on until all are complete. */
  readonly enqueueSeconds: number;
  readonly drainSeconds: number;
}

/** A job queue that keeps its jobs as rows: enqueues jobs that do nothing, and runs them. */
export interface DatabaseQueue {
  readonly name: string;
  isInstalled(): boolean;
  run(order: DatabaseQueueOrder): Promise<DatabaseQueueResult>;
}

/** `npm install --no-save graphile-worker pg-boss`. */
export const databaseQueues: readonly DatabaseQueue[] = [
  databaseQueue('graphile-worker', './graphile-worker-main.js'),
  databaseQueue('pg-boss', './pg-boss-main.js'),
];

function databaseQueue(name: string, program: string): DatabaseQueue {
  const entry = fileURLToPath(new URL(program, import.meta.url));
  return {
    name,
    isInstalled() {
      try {
        import.meta.resolve(name);
        return true;
      } catch {
        return false;
      }
    },
    async run(order) {
      const process = new Subprocess<DatabaseQueueResult>(name, entry);
      try {
        return await process.ask({ ...order });
      } finally {
        await process.stop();
      }
    },
  };
}

/** Does something so many times, so many of them at a time. */
export async function repeat(times: number, concurrency: number, act: () => Promise<unknown>): Promise<void> {
  let left = times;
  const one = async () => {
    while (left-- > 0) await act();
  };
  await Promise.all(Array.from({ length: concurrency }, one));
}

/** Seconds. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return (performance.now() - start) / 1000;
}
