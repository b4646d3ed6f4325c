import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from '../server/http/schemas/actions.ts';
import { TryLaterError } from '../shared/errors.ts';
import type { Client } from './client.ts';
import { NothingError } from './errors.ts';
import { count } from './format.ts';
import type { Session } from './session.ts';

/** How often it is looked how far it is, milliseconds: the first times, and later. */
const LOOK_MS = [10, 20, 50, 100, 200];
const CLEAR_LINE = '\r\u001b[K';

/** Follows what the server does by itself to its end. Throws where that is none, or where there was nothing to do. */
export async function follow({ client, output }: Session, id: string): Promise<void> {
  const action = await ended(client, id);
  const { state, total, done, skipped, error } = action;
  output.fields(action, [
    ['done', done],
    ['skipped', skipped === 0 ? null : skipped],
  ]);
  if (state !== 'done')
    throw new TryLaterError(
      `it was ${state} after ${count(done)} of ${count(total)}${error ? `: ${error}` : ''}`,
    );
  if (done === 0 && total > 0) throw new NothingError('nothing was done: all of it has changed meanwhile');
}

async function ended(client: Client, id: string): Promise<Action> {
  for (let look = 0; ; look++) {
    const action = await client.get<Action>(`/actions/${encodeURIComponent(id)}`);
    if (action.state !== 'running') return action;
    const isSeen = process.stderr.isTTY;
    if (isSeen) process.stderr.write(`${count(action.done)} of ${count(action.total)}`);
    await sleep(LOOK_MS[look] ?? LOOK_MS.at(-1));
    if (isSeen) process.stderr.write(CLEAR_LINE);
  }
}
