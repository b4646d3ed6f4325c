import { type Command, Option } from 'commander';
import type { ErrorGroup } from '../../server/http/schemas/actions.ts';
import type { Message, MessageDetail } from '../../server/http/schemas/messages.ts';
import type { Queue, QueueDetail } from '../../server/http/schemas/queues.ts';
import type { Overview, ServerInfo } from '../../server/http/schemas/server.ts';
import { limit } from '../arguments.ts';
import { GROUP_COLUMNS, MESSAGE_COLUMNS, QUEUE_COLUMNS } from '../columns.ts';
import { NothingError } from '../errors.ts';
import { age, bytes, count, milliseconds, rate, since } from '../format.ts';
import { refOf } from '../message-of.ts';
import type { Field } from '../output.ts';
import { queuePath } from '../queue-path.ts';
import { openSession, type Session } from '../session.ts';

const STATES = ['ready', 'delayed', 'reserved', 'failed', 'ended'];
const DEFAULT_LIMIT = 50;

/** `status`, `queues`, `queue`, `list`, `peek`, `show`, `failed`, `running`, `search`: what there is. */
export function addLookingVerbs(program: Command): void {
  program.command('status').description('the server, and what needs somebody').action(status);
  program
    .command('queues')
    .description('all queues, or those that a pattern fits')
    .argument('[glob]', 'such as mail:*')
    .addOption(
      new Option('--sort <by>', 'order').choices([
        'name',
        'ready',
        'delayed',
        'reserved',
        'failed',
        'oldest',
        'in',
        'out',
        'wait',
      ]),
    )
    .option('--state <states>', 'only those that are paused, no-readers or failing; several with a comma')
    .option('--limit <number>', 'how many at most', limit, 1000)
    .action(queues);
  program.command('queue').description('one queue').argument('<queue>').action(queue);
  program
    .command('list')
    .description('messages of a queue')
    .argument('<queue>')
    .addOption(new Option('--state <state>', 'where they are').choices(STATES).default('ready'))
    .option('--q <text>', 'only those with this in their id, error or payload')
    .option('--group <group>', 'only those of a group')
    .option(
      '--error-group <group>',
      'only those that failed with the same error, as failed --groups shows it',
    )
    .option('--limit <number>', 'how many at most', limit, DEFAULT_LIMIT)
    .action(list);
  program
    .command('peek')
    .description('the message that is next, left where it is')
    .argument('<queue>')
    .option('--raw', 'only its bytes, as they are')
    .action(peek);
  program
    .command('show')
    .description('one message, with its payload and what has happened to it')
    .argument('<queue>')
    .argument('[ref]', 'as list shows it')
    .option('--id <id>', "by the client's own id instead")
    .option('--raw', 'only its bytes, as they are')
    .action(show);
  program
    .command('failed')
    .description('messages that have failed')
    .argument('[queue]')
    .option('--groups', 'by what they failed with')
    .option('--limit <number>', 'how many at most', limit, DEFAULT_LIMIT)
    .action(failed);
  program
    .command('running')
    .description('what runs now, the oldest first')
    .option('--limit <number>', 'how many at most', limit, DEFAULT_LIMIT)
    .action(running);
  program
    .command('search')
    .description('messages with a text in their id, error or payload')
    .argument('<text>')
    .option('--queue <queue>', 'only in one queue')
    .option('--limit <number>', 'how many at most', limit, DEFAULT_LIMIT)
    .action(search);
}

async function status(_options: unknown, command: Command): Promise<void> {
  const { client, output } = openSession(command);
  const [server, overview] = await Promise.all([
    client.get<ServerInfo>('/server'),
    client.get<Overview>('/overview'),
  ]);
  const { rates, oldest, conditions } = overview;
  output.fields({ server, overview }, [
    ['health', server.health],
    ['version', server.version],
    ['pid', String(server.pid)],
    ['started', server.started_at, `${since(server.started_at)} ago`],
    ['queues', overview.queues],
    ['ready', overview.ready],
    ['delayed', overview.delayed],
    ['running', overview.reserved],
    ['failed', overview.failed],
    ['workers', overview.workers],
    ['a second', `${rate(rates.in)} in, ${rate(rates.out)} out, ${rate(rates.failed)} failed`],
    ['oldest', oldest === null ? null : `${age(oldest.age)} in ${oldest.queue.name}`],
    ['memory', server.memory_bytes, bytes(server.memory_bytes)],
    ...clusterFields(server.cluster),
    ...conditions.map(({ text }) => ['needs you', text] as const),
  ]);
}

/** Of a server that is one of several. */
function clusterFields(cluster: ServerInfo['cluster']): Field[] {
  if (cluster === null) return [];
  const { name, role, epoch, leader, lag_bytes, database, members } = cluster;
  return [
    ['cluster', name],
    ['role', `${role}, epoch ${epoch}`],
    ['behind', lag_bytes, bytes(lag_bytes)],
    ['database', database && `${database.host}, timeline ${database.timeline}: ${database.promise}`],
    ...members.map(
      ({ address, version, joining, seen_seconds_ago: seen }) =>
        [
          'server',
          `${address}, memq ${version}${address === leader ? ', leads' : joining ? ', joining' : ''}, seen ${Math.round(seen)} s ago`,
        ] as const,
    ),
  ];
}

interface ListOptions {
  readonly limit: number;
}

async function queues(
  glob: string | undefined,
  { limit: most, ...query }: ListOptions & { sort?: string; state?: string },
  command: Command,
): Promise<void> {
  const { client, output } = openSession(command);
  const found = client.items<Queue>('/queues', { q: glob, ...query }, most);
  if (await output.rows(found, QUEUE_COLUMNS)) return;
  throw new NothingError(glob === undefined ? 'there are no queues yet' : `no queue fits ${glob}`);
}

async function queue(name: string, _options: unknown, command: Command): Promise<void> {
  const { client, output } = openSession(command);
  const found = await client.get<QueueDetail>(queuePath(name));
  const { wait_ms, run_ms, rates } = found;
  output.fields(found, [
    ['queue', found.name],
    ['ready', found.ready],
    ['held', found.held === 0 ? null : found.held, `${count(found.held)} by ${found.held_by}`],
    ['delayed', found.delayed],
    ['running', found.reserved],
    ['failed', found.failed],
    ['paused', found.paused ? 'yes' : null],
    ['oldest', found.ready === 0 ? null : found.oldest_age, age(found.oldest_age)],
    ['readers', found.readers],
    ['a second', `${rate(rates.in)} in, ${rate(rates.out)} out, ${rate(rates.failed)} failed`],
    ['waited', wait_ms && `${milliseconds(wait_ms.p50)} median, ${milliseconds(wait_ms.p95)} p95`],
    ['ran', run_ms && `${milliseconds(run_ms.p50)} median, ${milliseconds(run_ms.p95)} p95`],
    ['size', found.bytes, bytes(found.bytes)],
    ...Object.entries(found.policy).map(([key, value]) => [key, value] as const),
  ]);
}

async function list(
  name: string,
  {
    limit: most,
    errorGroup,
    ...query
  }: ListOptions & { state: string; q?: string; group?: string; errorGroup?: string },
  command: Command,
): Promise<void> {
  const { client, output } = openSession(command);
  const found = client.items<Message>(`${queuePath(name)}/messages`, { ...query, error: errorGroup }, most);
  if (await output.rows(found, MESSAGE_COLUMNS)) return;
  const isFiltered = [query.q, query.group, errorGroup].some((each) => each !== undefined);
  throw new NothingError(`nothing in ${name} is ${query.state}${isFiltered ? ' and fits' : ''}`);
}

async function peek(name: string, { raw }: { raw?: true }, command: Command): Promise<void> {
  const session = openSession(command);
  const { items } = await session.client.get<{ items: Message[] }>(`${queuePath(name)}/messages`, {
    state: 'ready',
    limit: 1,
  });
  const [first] = items;
  if (first === undefined) throw new NothingError(`nothing is ready in ${name}`);
  await showMessage(session, `${queuePath(name)}/messages/${first.ref}`, raw);
}

async function show(
  name: string,
  ref: string | undefined,
  { id, raw }: { id?: string; raw?: true },
  command: Command,
): Promise<void> {
  const session = openSession(command);
  const found = await refOf(session.client, name, { ref, id });
  await showMessage(session, `${queuePath(name)}/messages/${found}`, raw);
}

async function showMessage(
  { client, output }: Session,
  path: string,
  isRaw: true | undefined,
): Promise<void> {
  if (isRaw) {
    output.write((await client.send('GET', `/api/v1${path}/body`)).body);
    return;
  }
  const message = await client.get<MessageDetail>(path);
  const { history, timeline, body_bytes, truncated } = message;
  output.fields(message, [
    ['ref', message.ref],
    ['queue', message.queue.name],
    ['id', message.id],
    ['state', message.outcome === null ? message.state : `${message.state}: ${message.outcome}`],
    ['held by', message.held_by],
    ['priority', message.priority],
    ['attempts', message.attempts],
    ['group', message.group],
    ['holder', message.holder],
    ['progress', message.progress],
    ['error', message.error_text],
    ['result', message.result],
    ...timeline.map(
      ({ at, event, text, worker }) => [event, [at ?? '?', worker, text].filter(Boolean).join('  ')] as const,
    ),
    ...(timeline.length > 0
      ? []
      : history.map(({ ended_at, error }) => ['failed', `${ended_at ?? '?'}  ${error}`] as const)),
    ['payload', message.payload ?? `${bytes(body_bytes)} that are no text: --raw gives them`],
    ['payload', truncated ? `... of ${bytes(body_bytes)}: --raw gives all` : null],
  ]);
}

async function failed(
  name: string | undefined,
  { groups, limit: most }: ListOptions & { groups?: true },
  command: Command,
): Promise<void> {
  const { client, output } = openSession(command);
  const isAny = groups
    ? await output.rows(client.items<ErrorGroup>('/failed/groups', { queue: name }, most), GROUP_COLUMNS)
    : await output.rows(client.items<Message>('/failed', { queue: name }, most), MESSAGE_COLUMNS);
  if (!isAny) throw new NothingError('nothing has failed');
}

async function running({ limit: most }: ListOptions, command: Command): Promise<void> {
  const { client, output } = openSession(command);
  const found = client.items<Message>('/running', {}, most);
  if (!(await output.rows(found, MESSAGE_COLUMNS))) throw new NothingError('nothing runs');
}

async function search(
  text: string,
  { queue: name, limit: most }: ListOptions & { queue?: string },
  command: Command,
): Promise<void> {
  const { client, output } = openSession(command);
  const found = client.items<Message>('/search', { q: text, queue: name }, most);
  if (!(await output.rows(found, MESSAGE_COLUMNS)))
    throw new NothingError(`nothing was found for ${JSON.stringify(text)}`);
}
