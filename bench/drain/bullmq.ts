import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { keepTrackOf } from '../children.ts';
import { redisEverySecond } from '../peers/redis.ts';
import type { Drainer } from './drainer.ts';

export type BullmqOrder =
  | { readonly port: number; readonly enqueue: number }
  | { readonly port: number; readonly drain: number; readonly concurrency: number };

export type BullmqOutcome = { readonly calls: number; readonly seconds: number } | { readonly error: string };

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

/** Resolves when the process has ended; rejects with what hindered it. */
async function carryOut(order: BullmqOrder): Promise<{ calls: number; seconds: number }> {
  const child = keepTrackOf(fork(entry, { detached: true }));
  const exited = once(child, 'exit');
  const answer = once(child, 'message');
  child.send(order);
  const died = exited.then(([code, signal]) => [{ error: `it ended early (${code ?? signal})` }]);
  const [outcome] = (await Promise.race([answer, died])) as [BullmqOutcome];
  await exited;
  if ('error' in outcome) throw new Error(`BullMQ: ${outcome.error}`);
  return outcome;
}
