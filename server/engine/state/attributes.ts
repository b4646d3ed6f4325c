import { cutUtf8 } from '../../../shared/utf8.ts';
import { lastAttempts } from './attempt-history.ts';
import { NO_BYTES } from './events.ts';
import { NO_OWN_RULES, type OwnRules, packBackoff, unpackBackoff } from './own-rules.ts';
import { deathsIn, diedSilentlyIn, NO_SETBACKS, packSetbacks, type Setbacks } from './setbacks.ts';

/** A cron line and the time zone that it is read in. */
export interface CronLine {
  readonly pattern: string;
  /** An IANA name; undefined: that of the machine. */
  readonly timezone: string | undefined;
}

/** When a job runs again: at fixed distances from its first time, or by a cron line. */
export type Recurrence =
  | { readonly kind: 'every'; readonly everyMs: number; readonly firstAt: number }
  | { readonly kind: 'cron'; readonly cron: CronLine };

/** Where a dead letter comes from: how it ended in the first queue that gave it up. */
export interface Origin {
  /** A name is a string of latin1 characters, one for each byte that the client sent. */
  readonly queue: string;
  /** The id that its client gave it there; '' for none. */
  readonly jobId: string;
  /** How often it was begun there. */
  readonly attempts: number;
  /** When it failed for good or was found to have expired, milliseconds since the epoch. */
  readonly failedAt: number;
  /** Who held it last; '' where that is not known. */
  readonly heldBy: string;
}

/** What few messages have, and a message record therefore carries as a list of tagged fields. */
export interface Attributes extends Setbacks, OwnRules {
  /** The id that the client gave it, one character a byte; '' for none. */
  jobId: string;
  /** The group that it belongs to, one character a byte; '' for none. */
  group: string;
  /** When it runs again after its end; undefined for what runs once. */
  recurrence: Recurrence | undefined;
  /** Of a job that repeats: how its last run ended; undefined where none has. */
  lastRun: LastRun | undefined;
  /** Of a scheduled job: its times pass without a run. */
  isDisabled: boolean;
  /** Who held it last, and since when (milliseconds since the epoch; 0 where that is not known). */
  heldBy: string;
  startedAt: number;
  /** How it ended, when all that is left of it is its status; of one that is cancelled while it is held, when that was. */
  end: End | undefined;
  /** Its body could not be read any more, and is not here. */
  isLost: boolean;
  /** Of a dead letter, which has no id. */
  origin: Origin | undefined;
  deaths: number;
  diedSilently: boolean;
  /** The last attempts that failed: see attempt-history.ts. */
  history: Buffer;
}

export interface End {
  readonly state: EndState;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** By the numbers that they have on record. */
const END_STATES = ['failed', 'complete', 'cancelled'] as const;
/** How a job, or a run of one, ended. */
export type EndState = (typeof END_STATES)[number];

/** How a run of a job that repeats ended. */
export interface LastRun extends End {
  /** Why its last attempt failed: the first `LONGEST_LAST_ERROR` bytes in UTF-8; '' where it did not fail. */
  readonly error: string;
}

/** Each field: its tag (u8), 0, the length of its value (u16), the value. */
const Tag = {
  jobId: 1,
  every: 2,
  cron: 3,
  heldBy: 4,
  end: 5,
  lost: 6,
  origin: 7,
  setbacks: 8,
  lastRun: 9,
  attempts: 10,
  backoff: 11,
  group: 12,
  disabled: 14,
  history: 16,
} as const;
const FIELD_HEADER = 4;

/**
 * Most bytes that attributes take: a key's worth of id, a holder's name, a cron line with an error or else an origin, what
 * else there is, and as many attempts as there is room for beside that.
 */
export const MOST_ATTRIBUTES = 4096;
/** Longest name of a holder that is kept, bytes. */
const LONGEST_HOLDER = 1024;
/** Most bytes that are kept of the error of a last run. All of it is with the failed message. */
const LONGEST_LAST_ERROR = 1024;

export function encodeAttributes(attributes: Partial<Attributes>): Buffer {
  const { jobId = '', recurrence, lastRun, heldBy = '', startedAt = 0, end, isLost, origin } = attributes;
  const { maxAttempts = 0, backoff, group = '', isDisabled = false } = attributes;
  const setbacks = packSetbacks(attributes.deaths ?? 0, attributes.diedSilently ?? false);
  const fields: Buffer[] = [];
  if (jobId !== '') fields.push(field(Tag.jobId, Buffer.from(jobId, 'latin1')));
  if (recurrence?.kind === 'every') {
    fields.push(field(Tag.every, doubles(recurrence.everyMs, recurrence.firstAt)));
  } else if (recurrence?.kind === 'cron') {
    const { pattern, timezone = '' } = recurrence.cron;
    fields.push(field(Tag.cron, Buffer.from(`${pattern}\0${timezone}`)));
  }
  if (recurrence !== undefined && lastRun !== undefined) fields.push(field(Tag.lastRun, encodeRun(lastRun)));
  if (recurrence?.kind === 'cron' && isDisabled) fields.push(field(Tag.disabled, NO_BYTES));
  if (heldBy !== '' || startedAt !== 0) {
    fields.push(field(Tag.heldBy, Buffer.concat([doubles(startedAt), holder(heldBy)])));
  }
  if (end !== undefined) fields.push(field(Tag.end, encodeEnd(end)));
  if (isLost) fields.push(field(Tag.lost, NO_BYTES));
  if (origin !== undefined) fields.push(field(Tag.origin, encodeOrigin(origin)));
  if (setbacks !== 0) fields.push(field(Tag.setbacks, u16(setbacks)));
  if (maxAttempts !== 0) fields.push(field(Tag.attempts, u16(maxAttempts)));
  if (backoff !== undefined) fields.push(field(Tag.backoff, doubles(packBackoff(backoff))));
  if (group !== '') fields.push(field(Tag.group, Buffer.from(group, 'latin1')));
  if (attributes.history !== undefined && attributes.history.length > 0) {
    const taken = fields.reduce((sum, { length }) => sum + length, FIELD_HEADER);
    const history = lastAttempts(attributes.history, MOST_ATTRIBUTES - taken);
    if (history.length > 0) fields.push(field(Tag.history, history));
  }
  return fields.length === 0 ? NO_BYTES : Buffer.concat(fields);
}

/** Fields that a later version has added are passed over. */
export function decodeAttributes(bytes: Buffer): Attributes {
  const attributes: { -readonly [F in keyof Attributes]: Attributes[F] } = {
    jobId: '',
    recurrence: undefined,
    lastRun: undefined,
    isDisabled: false,
    heldBy: '',
    startedAt: 0,
    end: undefined,
    isLost: false,
    origin: undefined,
    group: '',
    history: NO_BYTES,
    ...NO_SETBACKS,
    ...NO_OWN_RULES,
  };
  for (let at = 0; at + FIELD_HEADER <= bytes.length; ) {
    const length = bytes.readUInt16LE(at + 2);
    const value = bytes.subarray(at + FIELD_HEADER, at + FIELD_HEADER + length);
    switch (bytes[at]) {
      case Tag.jobId:
        attributes.jobId = value.toString('latin1');
        break;
      case Tag.every: {
        const [everyMs, firstAt] = [value.readDoubleLE(0), value.readDoubleLE(8)];
        attributes.recurrence = { kind: 'every', everyMs, firstAt };
        break;
      }
      case Tag.cron: {
        const [pattern = '', timezone = ''] = value.toString('utf8').split('\0');
        attributes.recurrence = { kind: 'cron', cron: { pattern, timezone: timezone || undefined } };
        break;
      }
      case Tag.heldBy:
        attributes.startedAt = value.readDoubleLE(0);
        attributes.heldBy = value.toString('utf8', 8);
        break;
      case Tag.end:
        attributes.end = decodeEnd(value);
        break;
      case Tag.lastRun:
        attributes.lastRun = { ...decodeEnd(value), error: value.toString('utf8', 16) };
        break;
      case Tag.lost:
        attributes.isLost = true;
        break;
      case Tag.origin:
        attributes.origin = decodeOrigin(value);
        break;
      case Tag.setbacks: {
        const packed = value.readUInt16LE(0);
        attributes.deaths = deathsIn(packed);
        attributes.diedSilently = diedSilentlyIn(packed);
        break;
      }
      case Tag.attempts:
        attributes.maxAttempts = value.readUInt16LE(0);
        break;
      case Tag.backoff:
        attributes.backoff = unpackBackoff(value.readDoubleLE(0));
        break;
      case Tag.group:
        attributes.group = value.toString('latin1');
        break;
      case Tag.disabled:
        attributes.isDisabled = true;
        break;
      case Tag.history:
        attributes.history = value;
        break;
    }
    at += FIELD_HEADER + length;
  }
  return attributes;
}

function encodeEnd({ state, endedAt }: End): Buffer {
  return doubles(END_STATES.indexOf(state), endedAt);
}

function decodeEnd(value: Buffer): End {
  return { state: END_STATES[value.readDoubleLE(0)] ?? 'failed', endedAt: value.readDoubleLE(8) };
}

function encodeRun(run: LastRun): Buffer {
  return Buffer.concat([encodeEnd(run), cutUtf8(Buffer.from(run.error), LONGEST_LAST_ERROR)]);
}

/** No name and no id has a NUL in it. */
function encodeOrigin({ queue, jobId, attempts, failedAt, heldBy }: Origin): Buffer {
  const names = Buffer.from(`${queue}\0${jobId}\0`, 'latin1');
  return Buffer.concat([doubles(attempts, failedAt), names, holder(heldBy)]);
}

function decodeOrigin(value: Buffer): Origin {
  const queueEnd = value.indexOf(0, 16);
  const jobIdEnd = value.indexOf(0, queueEnd + 1);
  return {
    queue: value.toString('latin1', 16, queueEnd),
    jobId: value.toString('latin1', queueEnd + 1, jobIdEnd),
    attempts: value.readDoubleLE(0),
    failedAt: value.readDoubleLE(8),
    heldBy: value.toString('utf8', jobIdEnd + 1),
  };
}

function holder(name: string): Buffer {
  return cutUtf8(Buffer.from(name), LONGEST_HOLDER);
}

function field(tag: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(FIELD_HEADER + value.length);
  bytes[0] = tag;
  bytes.writeUInt16LE(value.length, 2);
  value.copy(bytes, FIELD_HEADER);
  return bytes;
}

function u16(value: number): Buffer {
  return Buffer.of(value & 0xff, value >> 8);
}

function doubles(...values: number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [index, value] of values.entries()) bytes.writeDoubleLE(value, 8 * index);
  return bytes;
}
