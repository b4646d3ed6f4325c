import type { ScheduledJob } from '../../../server/http/schemas/server.ts';
import { addTask, updateTask } from '../../actions/tasks.ts';
import { change, ProblemError, read } from '../../api/client.ts';
import { problemText } from '../../components/problem-note.tsx';
import { t } from '../../language/language.ts';
import { inOrder } from './run-order.ts';

const POLL_MS = 1000;
/** For how long the tray follows a run; its row tells the rest. */
const FOLLOWED_MS = 30_000;

/** Has a job run now, and shows in the tray how far that is: that it waits for a worker, runs, has ended, and how. */
export async function runNow({ key, name, runs }: ScheduledJob): Promise<void> {
  const words = t().schedule;
  const task = addTask(words.begun(name));
  const before = inOrder(runs).at(-1)?.at;
  const until = Date.now() + FOLLOWED_MS;
  try {
    await change('POST /schedule/{name}/run', { name: key });
    for (;;) {
      const job = await find(key);
      const last = job && inOrder(job.runs).at(-1);
      if (last !== undefined && last.at !== before) {
        const isBad = last.outcome === 'failed';
        updateTask(task, {
          title: words.ended(name, words.outcomes[last.outcome] ?? last.outcome),
          state: isBad ? 'failed' : 'done',
          ...(isBad && { error: last.error ?? '' }),
        });
        return;
      }
      const title = job?.state === 'running' ? words.isRunning(name) : words.waits(name);
      if (job === undefined || Date.now() > until) {
        updateTask(task, { title, state: 'done' });
        return;
      }
      updateTask(task, { title });
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } catch (error) {
    const text = error instanceof ProblemError ? problemText(error) : (error as Error).message;
    updateTask(task, { state: 'failed', error: text });
  }
}

async function find(key: string): Promise<ScheduledJob | undefined> {
  const { items } = await read('/schedule', { query: { limit: 1000 } });
  return items.find((job) => job.key === key);
}
