import { Queue, Worker } from 'bullmq';
import { answerEach } from '../answer.ts';
import type { BullmqOrder, BullmqResult } from './bullmq.ts';

// A process of its own, as a site would run it: it is sent one order.
const QUEUE = 'bench';
const JOBS_AT_ONCE = 1000;
const JOB = { name: 'noop', data: {}, opts: { removeOnComplete: true, removeOnFail: true } };

answerEach((order: BullmqOrder) => ('enqueue' in order ? enqueue(order) : drain(order)));

async function enqueue({
  port,
  enqueue: jobs,
}: Extract<BullmqOrder, { enqueue: number }>): Promise<BullmqResult> {
  const queue = new Queue(QUEUE, { connection: { host: '127.0.0.1', port } });
  for (let left = jobs; left > 0; left -= JOBS_AT_ONCE) {
    await queue.addBulk(Array.from({ length: Math.min(left, JOBS_AT_ONCE) }, () => JOB));
  }
  await queue.close();
  return { calls: 0, seconds: 0 };
}

/** Counts the jobs that ran, until Redis knows the end of all of them. */
async function drain({
  port,
  drain: jobs,
  concurrency,
}: Extract<BullmqOrder, { drain: number }>): Promise<BullmqResult> {
  let calls = 0;
  let completed = 0;
  let first = 0;
  const noop = async () => {
    if (calls === 0) first = performance.now();
    calls++;
  };
  const options = { connection: { host: '127.0.0.1', port }, concurrency };
  const worker = new Worker(QUEUE, noop, options);
  await new Promise<void>((resolve, reject) => {
    worker
      .on('completed', () => {
        if (++completed === jobs) resolve();
      })
      .on('failed', (_job, error) => reject(error))
      .on('error', reject);
  });
  const seconds = (performance.now() - first) / 1000;
  await worker.close();
  return { calls, seconds };
}
