// How the options of a producer become keys and times of requests.
import { LONGEST_FIXED } from './backoff.ts';
import { MAX_KEY_BYTES } from './limits.ts';
import { checkOptions, checkType } from './options.ts';
import { queueNameProblem } from './queue-name.ts';
import { shown } from './shown.ts';

export interface EnqueueOptions {
  /** The job is discarded when it has not started after this many seconds. */
  readonly ttl?: number;
  /** The job does not start before this many seconds have passed; fractions are allowed. */
  readonly delay?: number;
  /** 0 is the most urgent, 1024 the default, 4294967295 the least urgent. */
  readonly priority?: number;
  /** The job's own id, for `status` and `cancel`. A job with this id that waits is replaced. */
  readonly id?: string;
  /** Needs an `id`: a job with this id that waits or runs stays as it is, and this one is not stored. */
  readonly unique?: boolean;
  /** Needs an `id`: the job runs again every so many seconds, 0.001 or more, until it is cancelled. */
  readonly every?: number;
  /** The job has failed for good after this many attempts, whatever its queue says: 1 to 65535. */
  readonly attempts?: number;
  /** How long the job waits before another attempt, whatever its queue says. */
  readonly backoff?: JobBackoff;
  /** The group that the job belongs to. */
  readonly group?: string;
}

/** From 1 s on twice as long each time, not at all, or always so many seconds: at most ten years; fractions are allowed. */
export type JobBackoff = 'exponential' | 'none' | { readonly fixed: number };

export interface RetryOptions {
  /** Not before this many seconds have passed: a whole number, at most 30 days. */
  readonly delay?: number;
}

export interface WaitOptions {
  /** For so many seconds at most; without it until the job has ended. */
  readonly timeout?: number;
}

/** memcached reads an exptime beyond this as a Unix time. In seconds. */
const MAX_RELATIVE_EXPTIME = 30 * 24 * 60 * 60;

const ENQUEUE_OPTIONS: readonly (keyof EnqueueOptions)[] = [
  'ttl',
  'delay',
  'priority',
  'id',
  'unique',
  'every',
  'attempts',
  'backoff',
  'group',
];
const RETRY_OPTIONS: readonly (keyof RetryOptions)[] = ['delay'];
const WAIT_OPTIONS: readonly (keyof WaitOptions)[] = ['timeout'];

/**
 * Refuses what are no options of a new job.
 *
 * @throws TypeError that names the option
 */
export function checkEnqueueOptions(options: EnqueueOptions): void {
  checkOptions('enqueue', options, ENQUEUE_OPTIONS);
  for (const name of ['ttl', 'delay', 'priority', 'every', 'attempts'] as const)
    checkType(name, options[name], 'number');
  for (const name of ['id', 'group'] as const) checkType(name, options[name], 'string');
  checkType('unique', options.unique, 'boolean');
}

/** Of a new job. */
export function formatKey(queue: string, options: EnqueueOptions): string {
  const { delay, priority, id, every, unique, attempts, backoff, group } = options;
  let key = checkedQueue(queue);
  if (delay !== undefined) key += `/delay=${formatSeconds('delay', delay, 0)}`;
  if (priority !== undefined) {
    if (!Number.isInteger(priority) || priority < 0 || priority > 0xffffffff) {
      throw new RangeError(`priority must be an integer from 0 to 4294967295, not ${priority}`);
    }
    key += `/pri=${priority}`;
  }
  if (id !== undefined) {
    key += `/id=${checkedName('id', id)}`;
  } else if (unique || every !== undefined) {
    throw new TypeError(`${unique ? 'unique' : 'every'} needs an id`);
  }
  if (every !== undefined) key += `/every=${formatSeconds('every', every, 0.001)}`;
  if (attempts !== undefined) {
    if (!Number.isInteger(attempts) || attempts < 1 || attempts > 65_535)
      throw new RangeError(`attempts must be an integer from 1 to 65535, not ${attempts}`);
    key += `/attempts=${attempts}`;
  }
  if (backoff !== undefined) key += `/backoff=${formatBackoff(backoff)}`;
  if (group !== undefined) key += `/group=${checkedName('group', group)}`;
  return checkedKey(key);
}

function checkedQueue(queue: string): string {
  if (typeof queue !== 'string')
    throw new TypeError(`the queue's name must be a string, not ${shown(queue)}`);
  const problem = isWellFormed(queue) ? queueNameProblem(queue) : 'is no Unicode text';
  if (problem !== undefined) throw new RangeError(`queue name ${JSON.stringify(queue)} ${problem}`);
  return queue;
}

function checkedName(option: 'id' | 'group', name: string): string {
  if (name === '' || /[\0 \r\n/]/.test(name) || !isWellFormed(name))
    throw new RangeError(
      `${option} ${JSON.stringify(name)} is empty, has blanks or "/", or is no Unicode text`,
    );
  return name;
}

function formatBackoff(backoff: JobBackoff): string {
  if (backoff === 'exponential' || backoff === 'none') return backoff;
  checkBackoff(backoff);
  const seconds = formatSeconds('the fixed backoff', backoff.fixed, 0);
  if (seconds > LONGEST_FIXED)
    throw new RangeError(`the fixed backoff must be at most ten years, not ${seconds} seconds`);
  return `fixed:${seconds}`;
}

function checkBackoff(backoff: unknown): void {
  if (typeof backoff !== 'object' || backoff === null || !('fixed' in backoff))
    throw new TypeError(`backoff must be 'exponential', 'none' or { fixed: seconds }, not ${shown(backoff)}`);
  checkOptions('backoff', backoff, ['fixed']);
  if (backoff.fixed === undefined) throw new TypeError('the fixed backoff must be a number, not undefined');
  checkType('the fixed backoff', backoff.fixed, 'number');
}

/** A lone surrogate would become U+FFFD, as would any other. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Of a job that is there. */
export function formatJobKey(queue: string, id: string): string {
  // Without its id the key would name the whole queue.
  if (typeof id !== 'string') throw new TypeError(`id must be a string, not ${shown(id)}`);
  return formatKey(queue, { id });
}

/** Of the end of a job, for which the server is to wait so many milliseconds. */
export function formatWaitKey(queue: string, id: string, waitMs: number): string {
  return checkedKey(`${formatJobKey(queue, id)}/t=${waitMs}`);
}

/** How long to wait, in milliseconds. */
export function formatTimeout(options: WaitOptions): number {
  checkOptions('a wait', options, WAIT_OPTIONS);
  checkType('timeout', options.timeout, 'number');
  const { timeout = Number.POSITIVE_INFINITY } = options;
  if (timeout < 0) throw new RangeError(`timeout must be 0 or more seconds, not ${timeout}`);
  return timeout * 1000;
}

/** Of the failed jobs of a queue: all, or the next one. */
export function formatFailedKey(queue: string, option = ''): string {
  return checkedKey(`${formatKey(queue, {})}/failed${option}`);
}

/** Of one failed job. */
export function formatFailedJobKey(queue: string, id: string, option = ''): string {
  return checkedKey(`${formatJobKey(queue, id)}/failed${option}`);
}

/** The exptime of a retry. */
export function formatDelay(options: RetryOptions): number {
  checkOptions('a retry', options, RETRY_OPTIONS);
  const { delay = 0 } = options;
  if (!Number.isInteger(delay) || delay < 0 || delay > MAX_RELATIVE_EXPTIME) {
    const problem = `delay must be a whole number of seconds, at most 30 days, not ${shown(delay)}`;
    throw typeof delay !== 'number' || Number.isNaN(delay) ? new TypeError(problem) : new RangeError(problem);
  }
  return delay;
}

/** The exptime of a new job. */
export function formatTtl({ ttl, every }: EnqueueOptions): number {
  if (ttl === undefined) return 0;
  if (every !== undefined) throw new TypeError('a job that repeats takes no ttl');
  if (!(ttl > 0 && ttl < 2 ** 31)) throw new RangeError(`ttl must be more than 0 seconds, not ${ttl}`);
  const seconds = Math.ceil(ttl);
  return seconds <= MAX_RELATIVE_EXPTIME ? seconds : Math.ceil(Date.now() / 1000) + seconds;
}

function checkedKey(key: string): string {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new RangeError(`queue name, options and id are longer than ${MAX_KEY_BYTES} bytes: ${key}`);
  }
  return key;
}

/** To the millisecond. */
function formatSeconds(option: string, seconds: number, least: number): number {
  if (!(seconds >= least && seconds < 2 ** 32))
    throw new RangeError(`${option} must be ${least} or more seconds, not ${seconds}`);
  return Number(seconds.toFixed(3));
}
