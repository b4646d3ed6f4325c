import type { Key } from '../protocol/key.ts';
import { Option, optionName } from '../protocol/options.ts';
import { clientError, type Problem } from '../protocol/problem.ts';
import type { Request, Verb } from '../protocol/request.ts';
import { reservedProblem } from './reserved-keys.ts';

const READ =
  Option.wait |
  Option.open |
  Option.close |
  Option.abort |
  Option.return |
  Option.peek |
  Option.info |
  Option.failed |
  Option.id;
/** What may be said of a new message. */
const MESSAGE = Option.delay | Option.id | Option.every | Option.attempts | Option.backoff | Option.group;

/** What a `set` may do instead of storing a message, and the options that go with each. */
const ACTIONS: readonly { readonly bit: number; readonly goesWith: number }[] = [
  { bit: Option.close, goesWith: Option.lease },
  { bit: Option.fail, goesWith: Option.final | Option.died | Option.lease },
  { bit: Option.return, goesWith: Option.lease },
  { bit: Option.progress, goesWith: Option.lease },
  { bit: Option.pause, goesWith: 0 },
  { bit: Option.resume, goesWith: 0 },
  { bit: Option.move, goesWith: 0 },
];
const ACTION = ACTIONS.reduce((bits, { bit, goesWith }) => bits | bit | goesWith, 0);

/** The options that each verb understands. */
const ALLOWED: Readonly<Partial<Record<Verb, number>>> = {
  get: READ,
  gets: READ,
  gat: Option.wait | Option.info,
  gats: Option.wait | Option.info,
  set: MESSAGE | Option.priority | ACTION,
  add: MESSAGE | Option.priority,
  replace: MESSAGE | Option.priority,
  append: MESSAGE | Option.priority,
  // It goes ahead of every priority.
  prepend: MESSAGE,
  delete: Option.lease | Option.id | Option.failed,
  flush: 0,
  touch: Option.failed | Option.id | Option.lease,
};

/** Longest lease, seconds: what memcached still takes for a time from now on. */
const LONGEST_LEASE = 60 * 60 * 24 * 30;

/** Why a lease cannot last as long as a request says, or a retry be so far off. */
export function leaseTimeProblem({ exptime }: Request): Problem | undefined {
  return exptime < 0 || exptime > LONGEST_LEASE ? clientError('invalid exptime argument') : undefined;
}

/** Why a request cannot be run with its keys. */
export function keysProblem(request: Request, first: Key): Problem | undefined {
  if (request.keys === undefined) return keyProblem(request, first);
  for (const key of request.keys) {
    const problem = keyProblem(request, key);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function keyProblem(request: Request, key: Key): Problem | undefined {
  if (key.isPlain) return undefined;
  if (key.problem !== undefined) return key.problem;
  const { verb } = request;
  const excess = key.options & ~(ALLOWED[verb] ?? key.options);
  if (excess !== 0) return clientError(`option "${optionName(excess)}" is not supported with ${verb}`);
  const wrong = combinationProblem(request, key);
  if (wrong !== undefined) return clientError(wrong);
  return key.isReserved ? reservedProblem(request, key) : undefined;
}

/** What is wrong with options each of which the verb understands. */
function combinationProblem(request: Request, key: Key): string | undefined {
  switch (request.verb) {
    case 'get':
    case 'gets':
      return key.has(Option.id) && !key.has(Option.failed)
        ? companionProblem(key, Option.id, Option.wait)
        : undefined;
    case 'delete':
      if (!key.has(Option.id)) return key.has(Option.failed) ? 'option "failed" needs "id"' : undefined;
      if (request.cas !== 0) return 'option "id" does not go with a CAS';
      return companionProblem(key, Option.id, Option.failed);
    case 'touch':
      if (key.has(Option.id) && !key.has(Option.failed)) return 'option "id" needs "failed"';
      return key.has(Option.failed) ? companionProblem(key, Option.failed, Option.id) : undefined;
    case 'set': {
      const action = ACTIONS.find(({ bit }) => key.has(bit));
      if (action !== undefined) return companionProblem(key, action.bit, action.goesWith);
      if (key.has(Option.final)) return 'option "final" needs "fail"';
      if (key.has(Option.died)) return 'option "died" needs "fail"';
      if (key.has(Option.lease)) return 'option "lease" needs "close", "fail", "return" or "progress"';
      return messageProblem(request, key);
    }
    case 'add':
    case 'replace':
    case 'append':
    case 'prepend':
      return messageProblem(request, key);
    default:
      return undefined;
  }
}

/** The options other than `bit` that do not go with it. */
function companionProblem(key: Key, bit: number, goesWith: number): string | undefined {
  const excess = key.options & ~(bit | goesWith);
  if (excess === 0) return undefined;
  return `option "${optionName(excess)}" does not go with "${optionName(bit)}"`;
}

function messageProblem(request: Request, key: Key): string | undefined {
  if (!key.has(Option.every)) return undefined;
  if (!key.has(Option.id)) return 'option "every" needs "id"';
  return request.exptime === 0 ? undefined : 'a job that repeats does not expire: exptime has to be 0';
}
