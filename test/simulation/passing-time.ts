import { giveBack } from '../model/endings.ts';
import type { Item } from '../model/item.ts';
import { endWaits, serve } from '../model/readers.ts';
import type { World } from '../model/world.ts';
import { copyWithWaiters } from './model-side.ts';

/** When something happens to a message by itself; Infinity where nothing does. */
export function dueOf({ state, due, reservation }: Item): number {
  return state === 'delayed' ? due : reservation?.deadline || Number.POSITIVE_INFINITY;
}

/** The next moment at which something happens by itself. */
export function nextDue(world: World): number {
  return Math.min(...world.items.map(dueOf), ...world.waiters.map(({ until }) => until));
}

/** What happens by itself up to now, one thing after the other; `stage` sees each world that a crash may leave. */
export function passTime(world: World, stage: (world: World) => void = () => {}): void {
  const now = world.now();
  const over = world.items.filter((item) => dueOf(item) <= now);
  for (const item of over.sort((x, y) => dueOf(x) - dueOf(y) || x.sequence - y.sequence)) {
    if (item.state === 'delayed') {
      world.place(item);
      stage(world);
      continue;
    }
    const { waiters } = world;
    world.waiters = [];
    giveBack(world, item, true);
    world.waiters = waiters;
    stage(world);
    serveStaged(world, [item.queue], stage);
  }
  // What was delayed until one moment is served in the order of the queue.
  serveStaged(world, [...world.queues.keys()], stage);
  endWaits(world, ({ until }) => until <= now);
}

function serveStaged(world: World, queues: readonly string[], stage: (world: World) => void): void {
  if (world.waiters.length === 0) return;
  const half = copyWithWaiters(world, 'open');
  for (const queue of queues) serve(half, queue);
  stage(half);
  for (const queue of queues) serve(world, queue);
  stage(world);
}
