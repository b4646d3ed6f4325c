import type { Key } from '../protocol/key.ts';
import { Option, optionName } from '../protocol/options.ts';
import type { Problem } from '../protocol/problem.ts';
import type { Command, Verb } from '../protocol/request.ts';
import { clientError } from '../session/pipeline.ts';
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
const MESSAGE = Option.delay | Option.id | Option.every;

/** What a `set` may do instead of storing a message, and the options that go with each. */
const ACTIONS: readonly { readonly bit: number; readonly goesWith: number }[] = [
  { bit: Option.close, goesWith: Option.lease },
  { bit: Option.fail, goesWith: Option.final | Option.lease },
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

/** Why a command cannot be run with its keys. */
export function keysProblem(command: Command, first: Key): Problem | undefined {
  if (command.keys === undefined) return keyProblem(command, first);
  for (const key of command.keys) {
    const problem = keyProblem(command, key);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function keyProblem(command: Command, key: Key): Problem | undefined {
  if (key.isPlain) return undefined;
  if (key.problem !== undefined) return key.problem;
  const { verb } = command;
  const excess = key.options & ~(ALLOWED[verb] ?? key.options);
  if (excess !== 0) return clientError(`option "${optionName(excess)}" is not supported with ${verb}`);
  const wrong = combinationProblem(command, key);
  if (wrong !== undefined) return clientError(wrong);
  return key.isReserved ? reservedProblem(command, key) : undefined;
}

/** What is wrong with options each of which the verb understands. */
function combinationProblem(command: Command, key: Key): string | undefined {
  switch (command.verb) {
    case 'get':
    case 'gets':
      return key.has(Option.id) && !key.has(Option.failed) ? companionProblem(key, Option.id, 0) : undefined;
    case 'delete':
      if (!key.has(Option.id)) return key.has(Option.failed) ? 'option "failed" needs "id"' : undefined;
      if (command.cas !== 0) return 'option "id" does not go with a CAS';
      return companionProblem(key, Option.id, Option.failed);
    case 'touch':
      if (key.has(Option.id) && !key.has(Option.failed)) return 'option "id" needs "failed"';
      return key.has(Option.failed) ? companionProblem(key, Option.failed, Option.id) : undefined;
    case 'set': {
      const action = ACTIONS.find(({ bit }) => key.has(bit));
      if (action !== undefined) return companionProblem(key, action.bit, action.goesWith);
      if (key.has(Option.final)) return 'option "final" needs "fail"';
      if (key.has(Option.lease)) return 'option "lease" needs "close", "fail" or "progress"';
      return messageProblem(command, key);
    }
    case 'add':
    case 'replace':
    case 'append':
    case 'prepend':
      return messageProblem(command, key);
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

function messageProblem(command: Command, key: Key): string | undefined {
  if (!key.has(Option.every)) return undefined;
  if (!key.has(Option.id)) return 'option "every" needs "id"';
  return command.exptime === 0 ? undefined : 'a job that repeats does not expire: exptime has to be 0';
}
