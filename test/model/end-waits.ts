import type { Ended, EndWait, Item } from './item.ts';
import { isExpired } from './readers.ts';
import { type Known, known, status, statusOf } from './status.ts';
import type { World } from './world.ts';

/** Who waits for the end of a job is answered when that comes; at once, where it has come, or there is no such job. */
export function awaitEnd(world: World, wait: Omit<EndWait, 'item' | 'isDiscarded'>): void {
  const item = world.job(wait.queue, wait.jobId);
  if (item !== undefined && isLive(world, item) && wait.until > world.now())
    world.endWaits.push({ ...wait, item, isDiscarded: false });
  else wait.answer(status(world, wait.queue, wait.jobId), wait.queue);
}

/** A message ends so, or a run of one that repeats. */
export function tellEnd(world: World, item: Item, state: Ended['state'], result = ''): void {
  // A cancel ends a series, too; of what is scheduled it ends the run.
  const goesOn = item.rhythm !== undefined && (state !== 'cancelled' || item.rhythm.cron !== '');
  const lastRun = { state, endedAt: world.now(), error: state === 'failed' ? item.error : '' };
  const ended = known(item, state, world.now(), result);
  const end = {
    ...ended,
    dueAt: 0,
    everyMs: goesOn ? ended.everyMs : 0,
    lastRun: goesOn ? lastRun : undefined,
  };
  answer(
    world,
    (wait) => wait.item === item,
    () => end,
  );
}

/** The run of a message is discarded: who waits for its end is told what it is then. */
export function discardWaits(world: World, item: Item): void {
  for (const wait of world.endWaits) if (wait.item === item) wait.isDiscarded = true;
}

/** After whatever has happened: who waits for a message that is not that job any more is told what it is by now. */
export function lookAtEnds(world: World): void {
  answer(world, (wait) => wait.isDiscarded || !isStill(world, wait));
}

/** The same with those whose time is over. */
export function stopEndWaits(world: World, isOver: (wait: EndWait) => boolean): void {
  answer(world, isOver);
}

/** When a wait ends by itself, or its job expires. */
export function wakesAt({ item, until }: EndWait): number {
  return item.state === 'reserved' ? until : Math.min(until, item.expires);
}

function answer(
  world: World,
  isOver: (wait: EndWait) => boolean,
  statusNow: (item: Item) => Known | undefined = (item) => statusOf(world, item),
): void {
  const over = world.endWaits.filter(isOver);
  world.endWaits = world.endWaits.filter((wait) => !over.includes(wait));
  for (const wait of over) wait.answer(statusNow(wait.item), wait.item.queue);
}

function isStill(world: World, { item, queue, jobId }: EndWait): boolean {
  return world.job(queue, jobId) === item && isLive(world, item);
}

function isLive(world: World, item: Item): boolean {
  if (item.state === 'reserved') return item.cancelledAt === 0;
  return (item.state === 'ready' || item.state === 'delayed') && !isExpired(world, item);
}
