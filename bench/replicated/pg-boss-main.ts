import PgBoss from 'pg-boss';
import { answerEach } from '../answer.ts';
import { type DatabaseQueueOrder, type DatabaseQueueResult, repeat, timed } from './database-queue.ts';

// A process of its own, as a site would run it.
const QUEUE = 'noop';

answerEach(measure);

/** Jobs are fetched by hand: its own worker would look for new ones twice a second. */
async function measure({ url, jobs, concurrency }: DatabaseQueueOrder): Promise<DatabaseQueueResult> {
  const boss = new PgBoss({ connectionString: url, max: concurrency });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue(QUEUE);
  const enqueueSeconds = await timed(() => repeat(jobs, concurrency, () => boss.send(QUEUE, {})));
  let calls = 0;
  const drainSeconds = await timed(() =>
    repeat(jobs, concurrency, async () => {
      for (const { id } of await boss.fetch(QUEUE)) {
        calls++;
        await boss.complete(QUEUE, id);
      }
    }),
  );
  await boss.stop({ graceful: false });
  return { calls, enqueueSeconds, drainSeconds };
}
