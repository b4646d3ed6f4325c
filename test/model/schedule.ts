import {
  DEFAULT_PRIORITY,
  type LastRun,
  type ScheduledJob,
  type ScheduledView,
} from '../../server/engine/api.ts';
import { isSameBackoff } from '../../server/engine/state/own-rules.ts';
import { insert } from './enqueue.ts';
import { beginAnew, type Item, type Rhythm } from './item.ts';
import { nextTime } from './lifecycle.ts';
import { serve } from './readers.ts';
import type { World } from './world.ts';

/** A line of the configuration. */
export interface Line extends Partial<Pick<ScheduledJob, 'priority' | 'maxAttempts' | 'backoff' | 'group'>> {
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
  const wanted = new Set(lines.map(({ queue, name }) => `${queue}/${name}`));
  for (const key of world.runs.keys()) if (!wanted.has(key)) world.runs.delete(key);
  for (const item of world.items.filter(isScheduled)) {
    const { queue, jobId, state } = item;
    if (lines.some((line) => line.queue === queue && line.name === jobId)) continue;
    // A run that is under way goes on as a job like any other.
    if (state === 'reserved') {
      item.rhythm = item.lastRun = undefined;
      item.isDisabled = false;
    } else world.remove(item);
  }
  for (const line of lines) setLine(world, line);
}

/** The server has started, with the lines that it had: what was due meanwhile is done now, or not at all. */
export function resumeSchedule(world: World): void {
  const now = world.now();
  for (const { queue, name, missed } of world.schedule) {
    const item = world.liveJob(queue, name);
    if (item === undefined || !isScheduled(item) || missed === 'once') continue;
    const isMissed = isBetweenRuns(item) && item.due < now;
    if (isMissed) world.place(item, nextTime(item.rhythm as Rhythm, now));
  }
  setSchedule(world, world.schedule);
}

export function setLine(world: World, line: Line): void {
  const { queue, name, rhythm, body, priority = DEFAULT_PRIORITY } = line;
  const { maxAttempts = 0, backoff, group = '' } = line;
  world.queue(queue);
  const named = world.job(queue, name);
  const other = named?.state === 'failed' ? undefined : named;
  const isDisabled = named?.isDisabled ?? false;
  const isSame = other?.rhythm?.cron === rhythm.cron;
  const hasOptions =
    other?.priority === priority &&
    other.maxAttempts === maxAttempts &&
    other.group === group &&
    isSameBackoff(other.backoff, backoff);
  if (other !== undefined && isSame && other.body === body && hasOptions) return;
  const item = other === undefined || other.state === 'reserved' ? insert(world, queue, name) : other;
  const isDue = isSame && item.state === 'ready' && item === other;
  world.turns.blur(item);
  Object.assign(item, {
    rhythm,
    isDisabled,
    body,
    flags: 0,
    priority,
    maxAttempts,
    backoff,
    group,
    sequence: item.number,
    enqueuedAt: world.now(),
    expires: Number.POSITIVE_INFINITY,
    error: '',
    history: [],
    startedAt: 0,
    heldBy: '',
  });
  beginAnew(item);
  world.place(item, isDue ? 0 : nextTime(rhythm, world.now()));
  serve(world, queue);
}

/** A run comes now, unless one is live. */
export function runNow(world: World, name: string): boolean | undefined {
  const item = scheduled(world, name);
  if (item === undefined) return undefined;
  if (!isBetweenRuns(item)) return false;
  world.place(item);
  serve(world, item.queue);
  return true;
}

/** What people see of each line. */
export function scheduledViews(world: World): string[] {
  return world.schedule.map((line) => {
    const { queue, name } = line;
    const item = itemOf(world, line);
    const next = item && (isBetweenRuns(item) ? item.due : nextTime(line.rhythm, world.now()));
    return describeView(
      `${queue}/${name}`,
      item === undefined ? 'waiting' : stateOf(item),
      item?.isDisabled ?? false,
      next ?? 0,
      item?.lastRun,
      world.runsOf(queue, name),
    );
  });
}

export function describeView(
  name: string,
  state: ScheduledView['state'],
  isDisabled: boolean,
  nextAt: number,
  lastRun: LastRun | undefined,
  runs: readonly LastRun[],
): string {
  return `${name} ${state}, disabled ${isDisabled}, next ${nextAt}, last ${JSON.stringify(lastRun)}, ${JSON.stringify(runs)}`;
}

function stateOf(item: Item): ScheduledView['state'] {
  if (isBetweenRuns(item)) return item.isDisabled ? 'disabled' : 'waiting';
  return item.state === 'reserved' ? 'running' : 'ready';
}

export function setDisabled(world: World, name: string, isDisabled: boolean): true | undefined {
  const item = scheduled(world, name);
  if (item === undefined) return undefined;
  item.isDisabled = isDisabled;
  return true;
}

/** The time of what is delayed has come; of what is disabled it passes. */
export function comeDue(world: World, item: Item): void {
  const isLeftOut = item.isDisabled && isBetweenRuns(item);
  world.place(item, isLeftOut ? nextTime(item.rhythm as Rhythm, world.now()) : 0);
}

/** The job of the first line of that name, if it is what the line says. */
function scheduled(world: World, name: string): Item | undefined {
  const line = world.schedule.find((each) => each.name === name);
  return line && itemOf(world, line);
}

function itemOf(world: World, { queue, name, rhythm }: Line): Item | undefined {
  const item = world.job(queue, name);
  return item?.rhythm?.cron === rhythm.cron ? item : undefined;
}

function isBetweenRuns({ state, attempts }: Item): boolean {
  return state === 'delayed' && attempts === 0;
}

function isScheduled({ rhythm }: Item): boolean {
  return rhythm !== undefined && rhythm.cron !== '';
}
