import { fileURLToPath } from 'node:url';
import { RunningConsumer } from '../consumer/running-consumer.ts';
import { runLoad } from '../load/process.ts';
import { memqDurable } from '../peers/memq.ts';
import type { Drainer } from './drainer.ts';
import type { NoopFindings } from './noop-worker.ts';

const QUEUE = 'bench';

const classFile = fileURLToPath(new URL('./noop-worker.js', import.meta.url));

/** memq-consume as crontab runs it. */
export const memqConsume: Drainer = {
  name: 'memq-consume',
  server: memqDurable,
  isInstalled: () => true,

  async enqueue(port, jobs) {
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
  },

  async drain({ port, concurrency, directory }) {
    const start = performance.now();
    const what = { port, queue: QUEUE, className: 'NoopWorker', classFile, concurrency, isWatching: false };
    const consumer = new RunningConsumer(what, directory);
    try {
      await consumer.ended();
      const wholeSeconds = (performance.now() - start) / 1000;
      return { ...consumer.findings<NoopFindings>(), wholeSeconds };
    } finally {
      consumer.remove();
    }
  },
};
