import type { Accepted, Action, ActionRequest } from '../../server/http/schemas/actions.ts';
import { change, ProblemError, read } from '../api/client.ts';
import { problemText } from '../components/problem-note.tsx';
import { t } from '../language/language.ts';
import { backoffMs } from '../live/backoff.ts';
import { addTask, updateTask } from './tasks.ts';

/** How often the server is asked how far it is. */
const POLL_MS = 400;

export interface Outcome {
  readonly done: number;
  readonly skipped: number;
}

/** Does something at once, and shows that under this title. Resolves with undefined where it failed, which is shown too. */
export async function perform<T>(title: string, run: () => Promise<T>): Promise<{ value: T } | undefined> {
  const id = addTask(title);
  try {
    const value = await run();
    updateTask(id, { state: 'done' });
    return { value };
  } catch (error) {
    updateTask(id, { state: 'failed', error: textOf(error) });
    return undefined;
  }
}

/**
 * Does the same to many messages, shows how far it is, and resolves at its end; with undefined where it failed. `about`: what
 * it is done to, as `runningTask` asks for it.
 */
export async function act(
  request: ActionRequest,
  title: string,
  about?: string,
): Promise<Outcome | undefined> {
  const begin = async () => {
    const answer = await change('POST /actions', {}, request);
    if ('done' in answer) return { done: answer.done, skipped: answer.skipped.length };
    return answer as Accepted;
  };
  return follow(title, begin, about);
}

/** How many messages an action would be about. Rejects with a ProblemError. */
export async function countOf(request: ActionRequest): Promise<number> {
  const answer = await change('POST /actions', {}, { ...request, dry_run: true });
  return 'total' in answer ? answer.total : 0;
}

/** The same for what the server goes on with by itself: a purge, a move, a removal. */
export async function follow(
  title: string,
  begin: () => Promise<Accepted | Outcome>,
  about?: string,
): Promise<Outcome | undefined> {
  const task = addTask(title, about);
  try {
    const begun = await begin();
    const outcome = 'url' in begun ? await end(task, begun) : begun;
    updateTask(task, { state: 'done', ...outcome, abort: undefined });
    return outcome;
  } catch (error) {
    const state = error === ABORTED ? 'aborted' : 'failed';
    updateTask(task, {
      state,
      abort: undefined,
      ...(state === 'failed' && { error: textOf(error) }),
    });
    return undefined;
  }
}

const ABORTED = new Error('aborted');

async function end(task: number, { id, total }: Accepted): Promise<Outcome> {
  const abort = () => void change('DELETE /actions/{id}', { id }).catch(() => {});
  updateTask(task, { done: 0, total, abort });
  for (;;) {
    const { state, done, skipped, error, verb } = await progressOf(id);
    if (state === 'done') return { done, skipped };
    if (state === 'aborted') throw ABORTED;
    if (state === 'interrupted') throw new Error(t().actions.interrupted);
    if (state !== 'running') throw new Error(error ?? state);
    // What is done to a whole queue tells nothing until its end.
    const isWhole = verb === 'purge' || verb === 'delete';
    updateTask(task, { done: isWhole ? undefined : done, skipped, ...(isWhole && { abort: undefined }) });
    await pause(POLL_MS);
  }
}

/** How far it is. A server that is away, or busy, is asked again: it goes on, or tells that it was interrupted. */
async function progressOf(id: string): Promise<Action> {
  for (let tries = 1; ; tries++) {
    try {
      return await read('/actions/{id}', { id });
    } catch (error) {
      const { status } = error as ProblemError;
      if (status !== 0 && status !== 429 && status < 502) throw error;
      await pause(backoffMs(tries, Math.random()));
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function textOf(error: unknown): string {
  return error instanceof ProblemError ? problemText(error) : (error as Error).message;
}
