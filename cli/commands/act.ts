import { type Command, Option } from 'commander';
import type { Accepted, ActionDone, ActionRequest } from '../../server/http/schemas/actions.ts';
import type { Job, MessageDetail } from '../../server/http/schemas/messages.ts';
import { UsageError } from '../../shared/errors.ts';
import { timeMs } from '../arguments.ts';
import { confirm } from '../ask.ts';
import { NothingError, WrongStateError } from '../errors.ts';
import { follow } from '../follow.ts';
import { count } from '../format.ts';
import { refOf } from '../message-of.ts';
import { queuePath } from '../queue-path.ts';
import { openSession, type Session } from '../session.ts';

type Verb = 'retry' | 'discard' | 'cancel';
/** What `skipped` says of messages that are not there any more; else it says the state that they are in. */
const GONE: ReadonlySet<string> = new Set(['gone', 'moved', 'changed']);

interface Options {
  readonly id?: string;
  readonly ref?: string;
  readonly group?: string;
  readonly all?: true;
  readonly state?: ActionRequest['select'] extends infer S
    ? S extends { state: infer T }
      ? T
      : never
    : never;
  /** Milliseconds. */
  readonly delay?: number;
  readonly yes?: true;
  readonly dryRun?: true;
}

/** `retry`, `discard`, `cancel`: the same to one message, or to many. */
export function addActingVerbs(program: Command): void {
  const retry = program.command('retry').description('have failed messages tried again').argument('<queue>');
  selecting(retry)
    .option('--delay <time>', 'not before: seconds, or 5m, 2h', timeMs)
    .action((queue, options, command) => act('retry', queue, options, command));
  const discard = program
    .command('discard')
    .description('remove messages: nothing is left of them')
    .argument('<queue>');
  selecting(discard)
    .addOption(states('with --all: which', ['ready', 'delayed', 'failed', 'ended'], 'failed'))
    .action((queue, options, command) => act('discard', queue, options, command));
  program
    .command('cancel')
    .description('jobs that wait are over; those that run are told to stop')
    .argument('<queue>')
    .argument('[id]', "one, by the client's own id")
    .option('--ref <ref>', 'one, as list shows it')
    .option('--all', 'all of the queue')
    .addOption(states('with --all: which', ['ready', 'delayed', 'reserved'], 'ready'))
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say how many it would be')
    .action((queue, id: string | undefined, options, command) =>
      act('cancel', queue, { ...options, ...(id === undefined ? {} : { id }) }, command),
    );
}

function selecting(command: Command): Command {
  return command
    .option('--id <id>', "one, by the client's own id")
    .option('--ref <ref>', 'one, as list shows it')
    .option('--group <group>', 'those that failed with the same error, as failed --groups shows it')
    .option('--all', 'all of the queue')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say how many it would be');
}

function states(help: string, choices: readonly string[], usual: string): Option {
  return new Option('--state <state>', help).choices(choices).default(usual);
}

async function act(verb: Verb, queue: string, options: Options, command: Command): Promise<void> {
  const { id, ref, group, all } = options;
  const ways = [id, ref, group, all].filter((way) => way !== undefined).length;
  const possible = verb === 'cancel' ? 'an id, --ref and --all' : '--id, --ref, --group and --all';
  if (ways !== 1) throw new UsageError(`say which to ${verb}: one of ${possible}`);
  const session = openSession(command);
  if (verb === 'cancel' && id !== undefined) await cancelJob(session, queue, id, options);
  else if (id !== undefined || ref !== undefined) await actOnOne(session, verb, queue, options);
  else await actOnMany(session, verb, queue, options);
}

async function cancelJob(
  { client, output }: Session,
  queue: string,
  id: string,
  { dryRun }: Options,
): Promise<void> {
  const path = `${queuePath(queue)}/jobs/${encodeURIComponent(id)}`;
  if (dryRun) {
    const { status } = await client.get<Job>(path);
    const total = status === 'waiting' || status === 'running' ? 1 : 0;
    output.fields({ total }, [['would be', total]]);
    return;
  }
  await client.call('DELETE', path);
  output.fields({ done: 1 }, [['done', 1]]);
}

async function actOnOne(
  { client, output }: Session,
  verb: Verb,
  queue: string,
  { id, ref, delay, yes, dryRun }: Options,
): Promise<void> {
  // A handle is one of any queue: it has to be one of this.
  const path = `${queuePath(queue)}/messages/${await refOf(client, queue, { ref, id })}`;
  const message = await client.get<MessageDetail>(path);
  if (dryRun) {
    output.fields({ total: 1 }, [['would be', 1]]);
    return;
  }
  if (verb === 'discard') await confirm(`Discard ${id ?? message.ref} of ${queue}?`, yes === true);
  const body = { verb, select: { refs: [message.ref] }, ...seconds(delay) } satisfies ActionRequest;
  const answer = await client.call<ActionDone>('POST', '/actions', { body });
  const [why] = answer.skipped.map((each) => each.why);
  if (why !== undefined && GONE.has(why)) throw new NothingError(`${message.ref} is gone from ${queue}`);
  if (why !== undefined) throw new WrongStateError(`${message.ref} is ${why}: nothing to ${verb}`);
  output.fields(answer, [['done', answer.done]]);
}

async function actOnMany(
  session: Session,
  verb: Verb,
  queue: string,
  { group, state = 'failed', delay, yes, dryRun }: Options,
): Promise<void> {
  const { client, output } = session;
  const select = group === undefined ? { queue, state } : { queue, state: 'failed', error_group: group };
  const body = { verb, select, ...seconds(delay) } as ActionRequest;
  const { total } = await client.call<{ total: number }>('POST', '/actions', {
    body: { ...body, dry_run: true },
  });
  if (total === 0) throw new NothingError(`there is nothing to ${verb} in ${queue}`);
  if (dryRun) {
    output.fields({ total }, [['would be', total]]);
    return;
  }
  const word = `${verb[0]?.toUpperCase()}${verb.slice(1)}`;
  await confirm(`${word} ${count(total)} ${select.state} of ${queue}?`, yes === true);
  const { id } = await client.call<Accepted>('POST', '/actions', { body: { ...body, expect: total } });
  await follow(session, id);
}

function seconds(delayMs: number | undefined): { delay?: number } {
  return delayMs === undefined ? {} : { delay: delayMs / 1000 };
}
