import type { ActionVerb, ListedState } from '../../server/engine/api.ts';
import { lookAtEnds } from './end-waits.ts';
import { beginAnew, type Item, inOrder } from './item.ts';
import { cancelItem, giveId } from './operator.ts';
import { discardRun, isExpired, serve } from './readers.ts';
import { dropSurplusFailures } from './retention.ts';
import type { World } from './world.ts';

export interface Action {
  readonly verb: ActionVerb;
  readonly delayMs: number;
  readonly to: string;
}

interface Choice {
  readonly queue: string;
  /** Which of them; there may be fewer. */
  readonly refs: readonly number[];
}

interface Filter {
  readonly queue: string;
  readonly state: ListedState;
  /** '' for any. */
  readonly group: string;
  readonly text: string;
}

/** Does the same to messages, and to what is left of those that have ended, one after the other; `gone`: how many more there are not. */
export function act(
  world: World,
  items: readonly Item[],
  action: Action,
  gone = 0,
): { done: number; why: readonly string[] } {
  const why: string[] = [];
  for (const item of items) {
    const skipped = actOn(world, item, action);
    if (skipped !== undefined) why.push(skipped);
    for (const { queue } of world.waiters) serve(world, queue);
    lookAtEnds(world);
  }
  return { done: items.length - why.length, why: [...why, ...Array.from({ length: gone }, () => 'gone')] };
}

/** Some of what there is, first of one queue. */
export function chosen(world: World, { queue, refs }: Choice): Item[] {
  const ended = [...world.ended.values()].filter(({ forgetAt }) => forgetAt > world.now());
  const all = [...world.items, ...ended.map(({ item }) => item)].sort(
    (x, y) => Number(y.queue === queue) - Number(x.queue === queue) || x.number - y.number,
  );
  const items = refs.flatMap((which) => all[which % all.length] ?? []);
  return [...new Set(items)];
}

/** What a filter has, in order, but for its text; and whether it has that text. */
export function selectedBy(world: World, { queue, state, group }: Filter): Item[] {
  const ended = [...world.ended.values()].filter(({ forgetAt }) => forgetAt > world.now());
  const items =
    state === 'ended'
      ? ended.map(({ item }) => item).filter((item) => item.queue === queue)
      : world.list(queue, state);
  return items
    .filter((item) => stateOf(world, item) !== 'gone' && (group === '' || item.group === group))
    .sort(inOrder);
}

export function hasText(world: World, item: Item, text: string): boolean {
  const ended = world.endOf(item.queue, item.jobId);
  const body = ended?.item === item ? ended.result : item.body;
  return item.jobId.includes(text) || item.error.includes(text) || body.includes(text);
}

/** Whether anything is known of a message. */
export function isKnown(world: World, number: number): boolean {
  const isSame = (item: Item): boolean => item.number === number;
  return world.items.some(isSame) || [...world.ended.values()].some(({ item }) => isSame(item));
}

/** Why it was skipped; undefined: it was not. */
function actOn(world: World, item: Item, { verb, delayMs, to }: Action): string | undefined {
  const state = stateOf(world, item);
  const waits = state === 'ready' || state === 'delayed';
  const isScheduled = item.rhythm !== undefined && item.rhythm.cron !== '' && waits;
  const isBetweenRuns = isScheduled && state === 'delayed' && item.attempts === 0;
  const later = delayMs > 0 ? world.now() + delayMs : 0;
  if (state === 'gone') return state;
  switch (verb) {
    case 'retry':
      if (state === 'failed') {
        beginAnew(item);
        item.expires = Number.POSITIVE_INFINITY;
      } else if (state !== 'delayed' || item.attempts === 0) return state;
      item.diedSilently = false;
      world.place(item, later);
      return undefined;
    case 'discard':
      if (state === 'reserved' || state === 'cancelled') return state;
      if (isBetweenRuns) return 'scheduled';
      if (state === 'ended') world.forget(item.queue, item.jobId);
      else if (isScheduled) discardRun(world, item);
      else world.remove(item);
      return undefined;
    case 'cancel':
      if (isBetweenRuns) return 'scheduled';
      if (!waits && state !== 'reserved') return state;
      cancelItem(world, item);
      return undefined;
    case 'run':
      if (state !== 'delayed') return state;
      world.place(item);
      return undefined;
    case 'move':
      if (!waits && state !== 'failed') return state;
      if (isScheduled) return 'scheduled';
      if (item.queue === to) return 'there';
      if (state === 'ready') world.turns.blur(item);
      giveId(world, item, to);
      item.queue = to;
      world.arrive(item);
      dropSurplusFailures(world, to);
      return undefined;
  }
}

function stateOf(world: World, item: Item): string {
  if (world.endOf(item.queue, item.jobId)?.item === item) return 'ended';
  if (item.cancelledAt > 0) return 'cancelled';
  const waits = item.state === 'ready' || item.state === 'delayed';
  return waits && isExpired(world, item) ? 'gone' : item.state;
}
