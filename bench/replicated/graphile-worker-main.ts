import { Logger, makeWorkerUtils, runOnce } from 'graphile-worker';
import pg from 'pg';
import { answerEach } from '../answer.ts';
import { type DatabaseQueueOrder, type DatabaseQueueResult, repeat, timed } from './database-queue.ts';

// A process of its own, as a site would run it. It says nothing: a line a job would be what is measured.
const logger = new Logger(() => () => {});

answerEach(measure);

async function measure({ url, jobs, concurrency }: DatabaseQueueOrder): Promise<DatabaseQueueResult> {
  const pgPool = new pg.Pool({ connectionString: url, max: concurrency });
  // It asks for both.
  pgPool.on('error', () => {});
  pgPool.on('connect', (client) => client.on('error', () => {}));
  const utils = await makeWorkerUtils({ pgPool, logger });
  await utils.migrate();
  const enqueueSeconds = await timed(() => repeat(jobs, concurrency, () => utils.addJob('noop', {})));
  let calls = 0;
  const noop = () => {
    calls++;
  };
  // It ends when no job is left.
  const drainSeconds = await timed(() =>
    runOnce({ pgPool, logger, concurrency, noHandleSignals: true, taskList: { noop } }),
  );
  await utils.release();
  await pgPool.end();
  return { calls, enqueueSeconds, drainSeconds };
}
