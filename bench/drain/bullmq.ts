import { fileURLToPath } from 'node:url';
import { redisEverySecond } from '../peers/redis.ts';
import { Subprocess } from '../subprocess.ts';
import type { Drainer } from './drainer.ts';

export type BullmqOrder =
  | { readonly port: number; readonly enqueue: number }
  | { readonly port: number; readonly drain: number; readonly concurrency: number };

export interface BullmqResult {
  readonly calls: number;
  readonly seconds: number;
}

const entry = fileURLToPath(new URL('./bullmq-main.js', import.meta.url));

/** A worker of BullMQ, which forgets its jobs when they are complete: `npm install --no-save bullmq ioredis`. */
export const bullmq: Drainer = {
  name: 'BullMQ',
  server: redisEverySecond,

  isInstalled() {
    try {
      import.meta.resolve('bullmq');
      import.meta.resolve('ioredis');
      return true;
    } catch {
      return false;
    }
  },

  async enqueue(port, jobs) {
    await carryOut({ port, enqueue: jobs });
  },

  async drain({ port, jobs, concurrency }) {
    const start = performance.now();
    const found = await carryOut({ port, drain: jobs, concurrency });
    return { ...found, wholeSeconds: (performance.now() - start) / 1000 };
  },
};

/** Resolves when the process has ended; rejects with what went wrong. */
async function carryOut(order: BullmqOrder): Promise<BullmqResult> {
  const process = new Subprocess<BullmqResult>('BullMQ', entry);
  try {
    return await process.ask({ ...order });
  } finally {
    await process.stop();
  }
}
