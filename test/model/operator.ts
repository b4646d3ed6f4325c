import type { Item } from './item.ts';
import { endCancelled } from './lifecycle.ts';
import { discardRun, isExpired, serve } from './readers.ts';
import { setLine } from './schedule.ts';
import type { World } from './world.ts';

/** What waits is over; what runs is held until its holder ends that. */
export function cancel(world: World, queue: string, jobId: string): boolean {
  const item = world.liveJob(queue, jobId);
  return item !== undefined && cancelItem(world, item);
}

export function cancelItem(world: World, item: Item): boolean {
  const { queue } = item;
  const isScheduled = item.rhythm !== undefined && item.rhythm.cron !== '';
  if (item.reservation !== undefined) {
    world.queue(queue).cancelled++;
    world.count(queue, 'cancelled');
    item.cancelledAt = world.now();
    item.reservation.deadline ||= world.now() + 60_000;
    if (!isScheduled) item.rhythm = item.lastRun = undefined;
    return true;
  }
  const isBetweenRuns = isScheduled && item.state === 'delayed' && item.attempts === 0;
  if (isBetweenRuns || isExpired(world, item)) return false;
  world.queue(queue).cancelled++;
  world.count(queue, 'cancelled');
  endCancelled(world, item, world.now());
  return true;
}

export function discardFailed(world: World, queue: string, jobId: string): boolean {
  const [item] = world.failed(queue, jobId);
  if (item === undefined) return false;
  world.remove(item);
  return true;
}

export function purge(world: World, queue?: string): void {
  for (const name of queue === undefined ? world.queues.keys() : [queue]) {
    for (const item of world.list(name, 'ready', 'delayed')) discardRun(world, item);
  }
}

export function drop(world: World, queue: string): boolean {
  for (const item of world.items) if (item.queue === queue) world.remove(item);
  for (const { item } of world.ended.values()) if (item.queue === queue) world.forget(queue, item.jobId);
  const isThere = world.queues.delete(queue);
  // What is scheduled comes again.
  for (const line of world.schedule) if (isThere && line.queue === queue) setLine(world, line);
  return isThere;
}

/** False when it was paused already. */
export function pause(world: World, queue: string): boolean {
  const wasPaused = world.isPaused(queue);
  world.queue(queue).paused = true;
  return !wasPaused;
}

export function resume(world: World, queue: string): boolean {
  if (!world.isPaused(queue)) return false;
  world.queue(queue).paused = false;
  serve(world, queue);
  return true;
}

/**
 * Everything that waits, but what is scheduled for the queue, with all that it has, but an id that a live message of the
 * other queue has. One that has ended there is forgotten.
 */
export function move(world: World, from: string, to: string): number {
  const items = from === to ? [] : movable(world, from);
  for (const item of items.length === 0 ? [] : world.list(from, 'ready')) world.turns.blur(item);
  if (items.length > 0) world.queue(to);
  for (const item of items) {
    giveId(world, item, to);
    item.queue = to;
    world.arrive(item);
  }
  serve(world, to);
  return items.length;
}

export function movable(world: World, from: string): Item[] {
  const waiting = world.list(from, 'ready', 'delayed');
  return waiting.filter(({ rhythm }) => rhythm === undefined || rhythm.cron === '');
}

/** Of two that have an id it is the one over there that keeps it, unless it has failed. */
export function giveId(world: World, item: Item, to: string): void {
  const other = world.job(to, item.jobId);
  if (other?.state === 'failed' || (other?.cancelledAt ?? 0) > 0) world.unname(other as Item);
  else if (other !== undefined) world.unname(item);
  else world.forget(to, item.jobId);
}
