import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
import type { BullmqOrder, BullmqOutcome } from './bullmq.ts';

// A process of its own, as a site would run it: it is sent one order, and ends when that is carried out.
const QUEUE = 'bench';
const JOBS_AT_ONCE = 1000;
const JOB = { name: 'noop', data: {}, opts: { removeOnComplete: true, removeOnFail: true } };

process.once('disconnect', () => process.exit());
try {
  const [order] = (await once(process, 'message')) as [BullmqOrder];
  if ('enqueue' in order) await enqueue(order);
  else end({ ...(await drain(order)) });
} catch (error) {
  end({ error: (error as Error).message });
}

async function enqueue({ port, enqueue: jobs }: Extract<BullmqOrder, { enqueue: number }>): Promise<void> {
  const queue = new Queue(QUEUE, { connection: { host: '127.0.0.1', port } });
  for (let left = jobs; left > 0; left -= JOBS_AT_ONCE) {
    await queue.addBulk(Array.from({ length: Math.min(left, JOBS_AT_ONCE) }, () => JOB));
  }
  await queue.close();
  end({ calls: 0, seconds: 0 });
}

/** Counts the jobs that ran, until Redis knows the end of all of them. */
async function drain({
  port,
  drain: jobs,
  concurrency,
}: Extract<BullmqOrder, { drain: number }>): Promise<{ calls: number; seconds: number }> {
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

function end(outcome: BullmqOutcome): void {
  process.send!(outcome, () => process.exit());
}
