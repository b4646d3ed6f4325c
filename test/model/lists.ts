import {
  type ListedState,
  MESSAGE_STATES,
  type MessagePage,
  type MessageRow,
} from '../../server/engine/api.ts';
import type { TestEngine } from '../helpers/local-engine.ts';
import type { Item } from './item.ts';
import type { Numbers } from './numbers.ts';
import { isExpired } from './readers.ts';
import { same } from './same.ts';
import type { World } from './world.ts';

/** So that there is more than one page. */
const LIMIT = 3;

/** The lists of an engine have the messages of the model, in their order. */
export async function compareLists(world: World, engine: TestEngine, numbers: Numbers): Promise<void> {
  for (const queue of world.queues.keys()) {
    for (const state of MESSAGE_STATES) {
      const rows = await list(engine, queue, state);
      // The engine has not looked at the time yet.
      if (rows.some(({ dueAt }) => dueAt > 0 && dueAt <= world.now())) return;
      const expected = listed(world, queue, state);
      same(rows.length, expected.length, `${queue}, ${state}`);
      for (const [i, { ref }] of rows.entries()) numbers.check((expected[i] as Item).number, ref.id);
    }
  }
}

async function list(engine: TestEngine, queue: string, state: ListedState): Promise<MessageRow[]> {
  const rows: MessageRow[] = [];
  let cursor: string | undefined;
  do {
    const page: MessagePage = await engine.engine.messages.list({ queue, state, cursor, limit: LIMIT });
    rows.push(...page.rows);
    cursor = page.next;
  } while (cursor !== undefined);
  // When a lease has begun the model does not know.
  return state === 'reserved' ? rows.sort((x, y) => x.ref.id - y.ref.id) : rows;
}

function listed(world: World, queue: string, state: ListedState): Item[] {
  switch (state) {
    case 'ready':
      return world.list(queue, 'ready').filter((item) => !isExpired(world, item));
    case 'delayed':
      return world
        .list(queue, 'delayed')
        .filter((item) => !isExpired(world, item))
        .sort((x, y) => x.due - y.due || x.sequence - y.sequence);
    case 'reserved':
      return world.list(queue, 'reserved').sort((x, y) => x.number - y.number);
    case 'failed':
      return world.list(queue, 'failed').sort((x, y) => y.failedAt - x.failedAt || y.number - x.number);
    case 'ended':
      return [...world.ended.values()]
        .filter(({ item, forgetAt }) => item.queue === queue && forgetAt > world.now())
        .sort((x, y) => y.forgetAt - x.forgetAt || y.item.number - x.item.number)
        .map(({ item }) => item);
  }
}
