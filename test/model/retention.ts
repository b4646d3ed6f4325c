import type { Item } from './item.ts';
import type { World } from './world.ts';

/** When what has failed was kept for long enough, in whole seconds; Infinity: never. */
export function keptUntil(world: World, { state, queue, failedAt }: Item): number {
  const { keepFailedMs } = world.policyOf(queue);
  if (state !== 'failed' || keepFailedMs === 0) return Number.POSITIVE_INFINITY;
  return Math.ceil((failedAt + keepFailedMs) / 1000) * 1000;
}

/** Lets go what has failed, and was kept for long enough when this second began. */
export function dropOldFailures(world: World): void {
  for (const item of world.items) if (keptUntil(world, item) <= world.second) dropFailure(world, item);
}

/** Lets go what failed first of too much. */
export function dropSurplusFailures(world: World, queue: string): void {
  const { maxFailed } = world.policyOf(queue);
  if (maxFailed === 0) return;
  const failed = world
    .list(queue, 'failed')
    .sort((x, y) => y.failedAt - x.failedAt || y.sequence - x.sequence);
  for (const item of failed.slice(maxFailed)) dropFailure(world, item);
}

/** Nothing is known of it any more. */
function dropFailure(world: World, item: Item): void {
  world.queue(item.queue).failedDropped++;
  world.count(item.queue, 'failedDropped');
  world.remove(item);
}
