import { giveBack } from '../model/endings.ts';
import { endWaits, serve } from '../model/readers.ts';
import { overdue } from '../model/time.ts';
import type { World } from '../model/world.ts';
import { copyWithWaiters } from './model-side.ts';

/** What happens by itself up to now, one thing after the other; `stage` sees each world that a crash may leave. */
export function passTime(world: World, stage: (world: World) => void = () => {}): void {
  const now = world.now();
  const items = overdue(world);
  const queues = new Set(items.map(({ queue }) => queue));
  for (const item of items) {
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
  serveStaged(world, queues, stage);
  endWaits(world, ({ until }) => until <= now);
}

function serveStaged(world: World, queues: Iterable<string>, stage: (world: World) => void): void {
  if (world.waiters.length === 0) return;
  const half = copyWithWaiters(world, 'open');
  for (const queue of queues) serve(half, queue);
  stage(half);
  for (const queue of queues) serve(world, queue);
  stage(world);
}
