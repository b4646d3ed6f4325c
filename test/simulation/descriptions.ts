import type { Delivery, LastRun, Origin, QueueStats } from '../../server/engine/api.ts';
import type { Item } from '../model/item.ts';
import type { Known } from '../model/status.ts';
import type { World } from '../model/world.ts';
import type { Found } from './census.ts';
import type { Answer } from './client.ts';
import { nameOfBody, type Operation } from './operation.ts';

export type Counts = Pick<QueueStats, 'ready' | 'delayed' | 'reserved' | 'failed' | 'paused'>;

/** Undefined: there is no such queue. */
export function describeCounts(queue: Counts | undefined): string {
  if (queue === undefined) return 'not there';
  const { ready, delayed, reserved, failed, paused } = queue;
  const counts = `${ready} ready, ${delayed} delayed, ${reserved} reserved, ${failed} failed`;
  return paused ? `${counts}, paused` : counts;
}

export function worldCounts(world: World, queue: string): Counts | undefined {
  if (!world.queues.has(queue)) return undefined;
  const { ready, delayed, reserved, failed } = world.counts(queue);
  return { ready, delayed, reserved, failed, paused: world.isPaused(queue) };
}

export interface Message {
  readonly id: number;
  readonly body: string;
  readonly attempt: number;
  readonly deaths: number;
  readonly flags: number;
  readonly enqueuedAt: number;
  readonly error: string;
  readonly failedAt: number;
  readonly heldBy: string;
  readonly origin: Origin | undefined;
}

/** `isCoarse`: without the times at which something was done, where the disk may have had it wait. */
export function describeMessage(queue: string, message: Message, now: number, isCoarse: boolean): Found {
  const { id, body, attempt, deaths, flags, enqueuedAt, error, failedAt, heldBy, origin } = message;
  const failed = failedAt === 0 ? '' : ` failed at ${isCoarse ? '?' : failedAt} with ${heldBy}`;
  const text = `${now} ${queue}: ${nameOfBody(body)}, attempt ${attempt} after ${deaths} deaths, flags ${flags}, of ${enqueuedAt}, "${error}"${failed}${describeOrigin(origin)}`;
  return { queue, text, id };
}

/** Without its time, since nobody knows when it is found out that something has expired. */
function describeOrigin(origin: Origin | undefined): string {
  if (origin === undefined) return '';
  const { queue, jobId, attempts, heldBy } = origin;
  return `, from ${queue} "${jobId}" after ${attempts} with ${heldBy}`;
}

/** Nothing for what has expired: it depends on who came by whether that is known yet. */
export function describeStatus(
  queue: string,
  known: Omit<Known, 'number'> & { readonly id: number },
  isCoarse: boolean,
): Found | undefined {
  const { id, state, attempts, priority, enqueuedAt, dueAt, startedAt, endedAt, error, heldBy, progress } =
    known;
  const { earlierError, lastRun } = known;
  if (error === 'it expired' && state === 'failed') return undefined;
  const times = isCoarse ? '' : `, started at ${startedAt}, ended at ${endedAt}`;
  const what = `${state}, attempts ${attempts}, priority ${priority}, of ${enqueuedAt}, due at ${dueAt}${times}`;
  const errors = `"${error}" "${earlierError}" with ${heldBy}`;
  const repeats = `every ${known.everyMs} ${known.cron}${describeRun(lastRun, isCoarse)}`;
  const text = `${what}, ${errors}; result ${known.result}; ${progress}; ${repeats}`;
  return { queue, text, id };
}

function describeRun(run: LastRun | undefined, isCoarse: boolean): string {
  if (run === undefined) return '';
  const { state, endedAt, error } = run;
  return `, last ${state}${isCoarse ? '' : ` at ${endedAt}`} "${error}"`;
}

/** Most characters that an operation takes in a diary. */
const LONGEST_LINE = 250;

export function describeOperation(operation: Operation): string {
  const body = 'body' in operation ? { body: nameOfBody(operation.body) } : {};
  return JSON.stringify({ ...operation, ...body }).slice(0, LONGEST_LINE);
}

export function describeAnswer(answer: Answer): string {
  if ('error' in answer) return answer.error.message;
  const { value } = answer;
  if (typeof value !== 'object' || value === null) return String(value);
  if (!('body' in value)) return JSON.stringify(value);
  const { id, token, queue, attempt, body, start, end } = value as Delivery;
  const name = nameOfBody(body.toString('latin1', start, end));
  return `${queue} ${name}, id ${id}, token ${token}, attempt ${attempt}`;
}

export function describeItem(item: Item): string {
  const { queue, number, body, state, attempts, deaths, due, jobId, reservation } = item;
  const held = reservation === undefined ? '' : `under ${reservation.token} until ${reservation.deadline}`;
  return `${queue} number ${number}: ${nameOfBody(body)} ${state}, attempts ${attempts}, deaths ${deaths} ${due || ''} ${jobId} ${held}`;
}
