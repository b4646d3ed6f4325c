import type { z } from '@hono/zod-openapi';
import { type Backoff, parseBackoff } from '../../shared/backoff.ts';
import { formatCall, type Literal } from '../../shared/call.ts';
import { utf8AsLatin1 } from '../../shared/latin1.ts';
import { MAX_KEY_BYTES } from '../../shared/limits.ts';
import { DEFAULT_PRIORITY, type EnqueueRequest, type QueueName } from '../engine/api.ts';
import { tooLarge } from './body.ts';
import { DURATION_NEEDS, durationMs } from './durations.ts';
import { whyNoCall } from './payload-call.ts';
import { Problem } from './problem.ts';
import type { Enqueue, EnqueueOptions } from './schemas/messages.ts';

type Options = z.infer<typeof EnqueueOptions>;

/** memcached takes what is longer for a date; seconds. */
const LONGEST_RELATIVE = 30 * 24 * 60 * 60;
/** Seconds, of what is told in seconds; as the memcache side has it. */
const LONGEST = 10_000_000_000;

/** A message that is to be stored. */
export interface NewMessage {
  readonly request: EnqueueRequest;
  /** Refused as well while the end of a job with its id is remembered. */
  readonly isUniqueKept: boolean;
}

/** The message that a request asks for. Throws a Problem that names the place. */
export function newMessage(queue: QueueName, options: Options, body: Buffer, most: number): NewMessage {
  if (body.length > most) throw tooLarge(most);
  const { id, unique, every, ttl, priority, attempts, backoff, group, flags } = options;
  if (options.must_be_call === true || options.must_be_call === 'true') checkCall(body);
  const isUnique = unique !== undefined && unique !== false && unique !== 'false';
  if (id === undefined && isUnique) wrong('unique', 'needs an id');
  if (id === undefined && every !== undefined) wrong('every', 'needs an id');
  if (ttl !== undefined && every !== undefined) wrong('ttl', 'a job that repeats does not expire');
  const request: EnqueueRequest = {
    queue,
    flags: flags ?? 0,
    exptime: exptimeOf(ttl),
    ahead: false,
    priority: priority ?? DEFAULT_PRIORITY,
    delayMs: time('delay', options.delay, 0),
    jobId: id === undefined ? '' : jobId(queue, id),
    mode: isUnique ? 'add' : 'set',
    everyMs: time('every', every, 1),
    maxAttempts: attempts ?? 0,
    backoff: backoff === undefined ? undefined : backoffOf(backoff),
    group: group === undefined ? '' : checkedText('group', group),
    body,
    start: 0,
    end: body.length,
  };
  return { request, isUniqueKept: unique === 'kept' };
}

/** The body of a message that is told in JSON. Throws a Problem that names the place. */
export function bodyOf({ call, payload, payload_base64 }: Enqueue): Buffer {
  const given = [call, payload, payload_base64].filter((each) => each !== undefined);
  if (given.length !== 1) wrong('', 'needs one of "call", "payload" and "payload_base64"');
  if (payload_base64 !== undefined) return Buffer.from(payload_base64, 'base64');
  if (payload !== undefined && /\p{Surrogate}/u.test(payload)) wrong('payload', 'is no Unicode text');
  if (payload !== undefined) return Buffer.from(payload);
  return Buffer.from(callText(call as NonNullable<typeof call>));
}

function callText({ method, args }: NonNullable<Enqueue['call']>): string {
  try {
    return formatCall(method, args as Literal[]);
  } catch (error) {
    const { message } = error as Error;
    return wrong(message.startsWith('args') ? 'call/args' : 'call/method', message);
  }
}

function checkCall(body: Buffer): void {
  const why = whyNoCall(body);
  if (why !== undefined)
    throw new Problem(422, 'no-call', `the payload is no call: ${why}`, {
      errors: [{ pointer: '/payload', detail: why }],
    });
}

/** Milliseconds; 0 where nothing is given. */
function time(name: string, given: number | string | undefined, least: number): number {
  if (given === undefined) return 0;
  const ms = durationMs(given);
  if (Number.isNaN(ms)) wrong(name, `is not ${DURATION_NEEDS}: ${JSON.stringify(given)}`);
  if (ms < least || ms >= LONGEST * 1000) wrong(name, `has to be from ${least} ms to below ${LONGEST} s`);
  return ms;
}

function exptimeOf(ttl: number | string | undefined): number {
  if (ttl === undefined) return 0;
  const seconds = Math.ceil(time('ttl', ttl, 1) / 1000);
  return seconds <= LONGEST_RELATIVE ? seconds : Math.ceil(Date.now() / 1000) + seconds;
}

function backoffOf(text: string): Backoff {
  try {
    return parseBackoff(text);
  } catch (error) {
    return wrong('backoff', (error as Error).message);
  }
}

/** So that memcache clients can name it as well. */
function jobId(queue: QueueName, id: string): string {
  const text = checkedText('id', id);
  if (`${queue}/id=${text}`.length > MAX_KEY_BYTES)
    wrong('id', `is longer, with the queue's name, than the ${MAX_KEY_BYTES} bytes of a key`);
  return text;
}

function checkedText(name: string, text: string): string {
  if (text === '') wrong(name, 'is empty');
  if (/[\0 \r\n/]/.test(text)) wrong(name, 'has a blank, a NUL, a line break or "/" in it');
  if (/\p{Surrogate}/u.test(text)) wrong(name, 'is no Unicode text');
  const bytes = utf8AsLatin1(text);
  if (bytes.length > MAX_KEY_BYTES) wrong(name, `is longer than ${MAX_KEY_BYTES} bytes`);
  return bytes;
}

function wrong(place: string, detail: string): never {
  const sentence = place === '' ? `the request ${detail}` : `"${place.replace('/', '.')}" ${detail}`;
  throw new Problem(422, 'invalid', sentence, { errors: [{ pointer: place && `/${place}`, detail }] });
}
