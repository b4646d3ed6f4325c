import type { Section } from '../../shared/ini-file.ts';
import { MAX_KEY_LENGTH } from '../../shared/key-length.ts';
import { utf8AsLatin1 } from '../../shared/latin1.ts';
import type { Mistakes } from '../../shared/mistakes.ts';
import { nearest, orNearest } from '../../shared/nearest.ts';
import { queueNameProblem } from '../../shared/queue-name.ts';
import { oneOf } from '../../shared/value-readers.ts';
import { type CronLine, checkCronLine } from '../engine/recurrence.ts';
import { readScheduleOptions, type ScheduleOptions } from './schedule-options.ts';

/** One job of `[schedule]`. Its name and its queue are one latin1 character for each byte of UTF-8. */
export interface ScheduleLine extends ScheduleOptions {
  readonly name: string;
  readonly queue: string;
  /** What stands behind the queue's name, as it is written. */
  readonly options: string;
  readonly cron: CronLine;
  readonly body: Buffer;
  /** What becomes of a tick that fell into a downtime: it runs once, at the start, or not at all. */
  readonly missed: 'once' | 'skip';
}

/** The names that are no jobs, but say something about all of them. */
const TIMEZONE = 'timezone';
const MISSED = 'missed';

/** Whether what is set by this name in `[schedule]` is a job, whose payload may hold any character. */
export function isJobName(name: string): boolean {
  return name !== TIMEZONE && name !== MISSED;
}

/**
 * The jobs of `[schedule]`, whose lines are `name = minute hour day month weekday  queue  payload`, with seconds in
 * front where the sixth word looks like a field of them; or `@daily` and the like instead of the fields. The queue may
 * have options, as in a key. What is wrong is noted in `mistakes`, and left out.
 */
export function readSchedule(section: Section | undefined, mistakes: Mistakes): ScheduleLine[] {
  if (section === undefined) return [];
  const { entries } = section;
  const read = <T>(name: string, reader: (value: string) => T): T | undefined => {
    const entry = entries.get(name);
    return entry && mistakes.note(entry.line, `${name}: `, () => reader(entry.value));
  };
  const timezone = read(TIMEZONE, timeZone);
  const missed = read(MISSED, (value) => oneOf('once', 'skip')(value, '')) ?? 'once';
  return [...entries.keys()]
    .filter(isJobName)
    .map((name) => read(name, (line) => ({ ...readJob(name, line, timezone), missed })))
    .filter((job) => job !== undefined);
}

function readJob(name: string, line: string, timezone: string | undefined): Omit<ScheduleLine, 'missed'> {
  const { pattern, word, payload } = takeApart(name, line);
  const cron = { pattern, timezone };
  checkCronLine(cron);
  const slash = word.indexOf('/');
  const queue = slash < 0 ? word : word.slice(0, slash);
  const options = word.slice(queue.length);
  const queueProblem = queueNameProblem(queue);
  if (queueProblem !== undefined) throw new Error(`the queue's name "${queue}" ${queueProblem}`);
  const nameProblem = jobNameProblem(name, queue);
  if (nameProblem !== undefined) throw new Error(`the job's name ${nameProblem}`);
  return {
    name: utf8AsLatin1(name),
    queue: utf8AsLatin1(queue),
    options,
    ...readScheduleOptions(queue, options),
    cron,
    body: Buffer.from(payload),
  };
}

/** It is kept with the job; a list of all there is in each field is shorter. */
const LONGEST_PATTERN = 1000;

/** A word of digits, signs and names of weekdays. */
const SIXTH_FIELD = /^(?:[\d*?,/#+LW-]|sun|mon|tue|wed|thu|fri|sat)+$/i;

function takeApart(name: string, line: string): { pattern: string; word: string; payload: string } {
  const words = line.split(/[ \t]+/, 6);
  const fields = line.startsWith('@') ? 1 : SIXTH_FIELD.test(words[5] ?? '') ? 6 : 5;
  const match = new RegExp(`^((?:[^ \\t]+[ \\t]+){${fields}})([^ \\t]+)[ \\t]+(.+)$`, 's').exec(line);
  if (match === null) {
    const when = fields === 1 ? words[0] : `${fields} fields`;
    const meant = nearest(name, [TIMEZONE, MISSED]);
    const hint = meant === undefined ? '' : `; or is ${meant} meant?`;
    throw new Error(`expected ${when}, a queue and a payload${hint}`);
  }
  const [, pattern = '', word = '', payload = ''] = match;
  const compact = pattern.trim().replace(/[ \t]+/g, ' ');
  if (compact.length > LONGEST_PATTERN)
    throw new Error(`the fields are longer than ${LONGEST_PATTERN} characters`);
  return { pattern: compact, word, payload };
}

/** Clients ask for a job by `<queue>/id=<name>`. */
function jobNameProblem(name: string, queue: string): string | undefined {
  const wrong = /[\0 /]/.exec(name);
  if (wrong !== null) return `has ${JSON.stringify(wrong[0])} in it`;
  if (Buffer.byteLength(`${queue}/id=${name}`) > MAX_KEY_LENGTH) return 'is too long';
  return undefined;
}

function timeZone(name: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch {
    const hint = orNearest(name, Intl.supportedValuesOf('timeZone'));
    throw new Error(`"${name}" is not a time zone such as Europe/Berlin${hint}`);
  }
}
