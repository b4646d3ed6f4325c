import type { Command } from 'commander';
import type { Accepted } from '../../server/http/schemas/actions.ts';
import type { QueueDetail } from '../../server/http/schemas/queues.ts';
import { confirm } from '../ask.ts';
import { NothingError } from '../errors.ts';
import { follow } from '../follow.ts';
import { count } from '../format.ts';
import { queuePath } from '../queue-path.ts';
import { openSession } from '../session.ts';

interface Options {
  readonly yes?: true;
  readonly dryRun?: true;
}

/** `pause`, `resume`, `move`, `purge`, `delete`: what is about a whole queue. */
export function addQueueVerbs(program: Command): void {
  program.command('pause').description('hand nothing out of a queue').argument('<queue>').action(pause);
  program.command('resume').description('hand out again').argument('<queue>').action(resume);
  asking(
    program
      .command('move')
      .description('what waits in one queue waits in another')
      .argument('<queue>')
      .argument('<to>'),
  ).action((queue: string, to: string, options: Options, command: Command) =>
    whole(queue, options, command, {
      words: `Move what waits in ${queue} to ${to}`,
      of: waiting,
      path: '/move',
      body: { to },
    }),
  );
  asking(program.command('purge').description('discard what waits in a queue').argument('<queue>')).action(
    (queue: string, options: Options, command: Command) =>
      whole(queue, options, command, {
        words: `Discard what waits in ${queue}`,
        of: waiting,
        path: '/purge',
        body: {},
      }),
  );
  asking(
    program.command('delete').description('remove a queue with all that is in it').argument('<queue>'),
  ).action((queue: string, options: Options, command: Command) =>
    whole(queue, options, command, {
      words: `Delete ${queue} with all that is in it`,
      of: all,
      path: undefined,
      body: {},
    }),
  );
}

function asking(command: Command): Command {
  return command.option('--yes', 'do not ask').option('--dry-run', 'only say how many messages it would be');
}

async function pause(queue: string, _options: unknown, command: Command): Promise<void> {
  const { client, output } = openSession(command);
  await client.call('PUT', `${queuePath(queue)}/pause`);
  output.say(`${queue} is paused`);
}

async function resume(queue: string, _options: unknown, command: Command): Promise<void> {
  const { client, output } = openSession(command);
  await client.call('DELETE', `${queuePath(queue)}/pause`);
  output.say(`${queue} hands out again`);
}

interface Whole {
  readonly words: string;
  readonly of: (queue: QueueDetail) => number;
  /** Undefined: the queue itself is deleted. */
  readonly path: string | undefined;
  readonly body: object;
}

async function whole(
  queue: string,
  { yes, dryRun }: Options,
  command: Command,
  { words, of, path, body }: Whole,
): Promise<void> {
  const session = openSession(command);
  const { client, output } = session;
  const expect = of(await client.get<QueueDetail>(queuePath(queue)));
  if (expect === 0 && path !== undefined) throw new NothingError(`nothing waits in ${queue}`);
  if (dryRun) {
    output.fields({ total: expect }, [['would be', expect]]);
    return;
  }
  await confirm(`${words}: ${count(expect)} ${expect === 1 ? 'message' : 'messages'}?`, yes === true);
  const { id } =
    path === undefined
      ? await client.call<Accepted>('DELETE', queuePath(queue), { query: { expect } })
      : await client.call<Accepted>('POST', `${queuePath(queue)}${path}`, { body: { ...body, expect } });
  await follow(session, id);
}

function waiting({ ready, delayed }: QueueDetail): number {
  return ready + delayed;
}

function all({ ready, delayed, reserved, failed }: QueueDetail): number {
  return ready + delayed + reserved + failed;
}
