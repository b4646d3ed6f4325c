import { DEFAULT_PRIORITY } from '../../server/engine/api.ts';
import { insert } from './enqueue.ts';
import { beginAnew, type Item, type Rhythm } from './item.ts';
import { nextTime } from './lifecycle.ts';
import { cancel } from './operator.ts';
import { serve } from './readers.ts';
import type { World } from './world.ts';

/** A line of the configuration. */
export interface Line {
  readonly queue: string;
  readonly name: string;
  /** Comes at the same times as the cron line that it names. */
  readonly rhythm: Rhythm;
  readonly body: string;
  readonly missed: 'once' | 'skip';
}

/** Takes the place of the lines that there were. */
export function setSchedule(world: World, lines: readonly Line[]): void {
  world.schedule = lines;
  for (const { queue, jobId, rhythm } of world.items.filter(isScheduled)) {
    const isWanted = lines.some((line) => line.queue === queue && line.name === jobId);
    if (rhythm !== undefined && !isWanted) cancel(world, queue, jobId);
  }
  for (const line of lines) setLine(world, line);
}

/** The server has started, with the lines that it had: what was due meanwhile is done now, or not at all. */
export function resumeSchedule(world: World): void {
  const now = world.now();
  for (const { queue, name, missed } of world.schedule) {
    const item = world.liveJob(queue, name);
    if (item === undefined || !isScheduled(item) || missed === 'once') continue;
    const isMissed = item.state === 'delayed' && item.attempts === 0 && item.due < now;
    if (isMissed) world.place(item, nextTime(item.rhythm as Rhythm, now));
  }
  setSchedule(world, world.schedule);
}

export function setLine(world: World, { queue, name, rhythm, body }: Line): void {
  world.queue(queue);
  const other = world.liveJob(queue, name);
  const isSame = other?.rhythm?.cron === rhythm.cron;
  if (other !== undefined && isSame && other.body === body) return;
  const item = other === undefined || other.state === 'reserved' ? insert(world, queue, name) : other;
  const isDue = isSame && item.state === 'ready' && item === other;
  Object.assign(item, {
    rhythm,
    body,
    flags: 0,
    priority: DEFAULT_PRIORITY,
    sequence: item.number,
    enqueuedAt: world.now(),
    expires: Number.POSITIVE_INFINITY,
    error: '',
    startedAt: 0,
    heldBy: '',
  });
  beginAnew(item);
  world.place(item, isDue ? 0 : nextTime(rhythm, world.now()));
  serve(world, queue);
}

function isScheduled({ rhythm }: Item): boolean {
  return rhythm !== undefined && rhythm.cron !== '';
}
