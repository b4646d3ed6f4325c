import { leaseOver } from '../model/lifecycle.ts';
import { endWaits, expireNext, serve } from '../model/readers.ts';
import { comeDue } from '../model/schedule.ts';
import { overdue } from '../model/time.ts';
import type { World } from '../model/world.ts';
import { copyWithWaiters } from './model-side.ts';

/**
 * What happens by itself up to now, one thing after the other; `stage` sees each world that a crash may leave. What has
 * expired goes from the `queues`, in this order, once in a second.
 */
export function passTime(
  world: World,
  stage: (world: World) => void = () => {},
  queues: readonly string[] = [],
): void {
  const now = world.now();
  const items = overdue(world);
  const touched = new Set(items.map(({ queue }) => queue));
  for (const item of items) {
    if (item.state === 'delayed') {
      comeDue(world, item);
      stage(world);
      continue;
    }
    const { waiters, lastNumber } = world;
    world.waiters = [];
    leaseOver(world, item);
    world.waiters = waiters;
    stage(world);
    // Of what repeats a copy may have come to the queue of the dead.
    const copies = world.items.filter(({ number }) => number > lastNumber);
    serveStaged(world, [item.queue, ...copies.map(({ queue }) => queue)], stage);
  }
  // What was delayed until one moment is served in the order of the queue.
  serveStaged(world, touched, stage);
  if (queues.length > 0) sweepStaged(world, queues, stage);
  endWaits(world, ({ until }) => until <= now);
}

/** Nothing has expired in a second that began before this moment: then that would have come before. */
function sweepStaged(world: World, queues: readonly string[], stage: (world: World) => void): void {
  const isNow = world.second === world.now() && world.second > world.sweptAt;
  world.sweptAt = world.second;
  if (!isNow) return;
  for (const queue of queues) {
    for (let isGone = true; isGone; ) {
      const { waiters } = world;
      world.waiters = [];
      isGone = expireNext(world, queue);
      world.waiters = waiters;
      if (!isGone) continue;
      stage(world);
      serveStaged(world, [...world.queues.keys()], stage);
    }
  }
}

function serveStaged(world: World, queues: Iterable<string>, stage: (world: World) => void): void {
  if (world.waiters.length === 0) return;
  const half = copyWithWaiters(world, 'open');
  for (const queue of queues) serve(half, queue);
  stage(half);
  for (const queue of queues) serve(world, queue);
  stage(world);
}
