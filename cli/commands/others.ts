import { buffer } from 'node:stream/consumers';
import { Argument, type Command } from 'commander';
import type { ScheduledJob, Worker } from '../../server/http/schemas/server.ts';
import { UsageError } from '../../shared/errors.ts';
import { SCHEDULE_COLUMNS, SETTING_COLUMNS, WORKER_COLUMNS } from '../columns.ts';
import { NothingError } from '../errors.ts';
import { openSession } from '../session.ts';

/** `workers`, `schedule`, `settings`, `api`. */
export function addOtherVerbs(program: Command): void {
  program
    .command('workers')
    .description('the workers, or have one take nothing more (quiet) or end (stop)')
    .addArgument(new Argument('[order]', 'what to tell one').choices(['quiet', 'stop']))
    .argument('[worker]', 'its id, or the beginning of it')
    .action(workers);
  program
    .command('schedule')
    .description('the jobs of the schedule, or have one run now')
    .addArgument(new Argument('[order]', 'what to do with one').choices(['run', 'disable', 'enable']))
    .argument('[name]')
    .action(schedule);
  program.command('settings').description('how the server runs').action(settings);
  program
    .command('api')
    .description('any request of the HTTP API, with a body from standard input')
    .argument('<method>')
    .argument('<path>', 'such as /queues')
    .option('--input', 'send what standard input has')
    .action(api);
}

async function workers(
  order: string | undefined,
  id: string | undefined,
  _options: unknown,
  command: Command,
): Promise<void> {
  const { client, output } = openSession(command);
  const all = client.items<Worker>('/workers');
  if (order === undefined) {
    if (!(await output.rows(all, WORKER_COLUMNS))) throw new NothingError('no worker is connected');
    return;
  }
  if (id === undefined) throw new UsageError(`say which worker to ${order}: memq workers lists them`);
  const fitting: string[] = [];
  for await (const worker of all) if (worker.id.startsWith(id)) fitting.push(worker.id);
  const [found] = fitting;
  if (found === undefined) throw new NothingError(`there is no worker ${id}`);
  if (fitting.length > 1 && !fitting.includes(id))
    throw new UsageError(`${id} may be any of ${fitting.join(', ')}`);
  const meant = fitting.includes(id) ? id : found;
  await client.call('POST', `/workers/${encodeURIComponent(meant)}/${order}`);
  output.say(order === 'quiet' ? `${meant} takes nothing more` : `${meant} ends when what it runs is done`);
}

async function schedule(
  order: string | undefined,
  name: string | undefined,
  _options: unknown,
  command: Command,
): Promise<void> {
  const { client, output } = openSession(command);
  if (order === undefined) {
    const all = client.items<ScheduledJob>('/schedule');
    if (!(await output.rows(all, SCHEDULE_COLUMNS)))
      throw new NothingError('the configuration has no schedule');
    return;
  }
  if (name === undefined) throw new UsageError(`say which job to ${order}: memq schedule lists them`);
  const path = `/schedule/${encodeURIComponent(name)}`;
  if (order === 'run') await client.call('POST', `${path}/run`);
  else await client.call(order === 'disable' ? 'PUT' : 'DELETE', `${path}/disabled`);
  output.say(order === 'run' ? `${name} runs` : `${name} is ${order}d`);
}

async function settings(_options: unknown, command: Command): Promise<void> {
  const { client, output } = openSession(command);
  const found = await client.get<{ settings: { name: string; value: string }[]; outdated: string[] }>(
    '/settings',
  );
  for (const each of found.outdated) output.say(`it runs with what the files said at its start: ${each}`);
  await output.rows(found.settings, SETTING_COLUMNS);
}

async function api(
  method: string,
  path: string,
  { input }: { input?: true },
  command: Command,
): Promise<void> {
  const { client, output } = openSession(command);
  if (!/^[a-z]+$/i.test(method) || /[^!-~]/.test(path))
    throw new UsageError('write memq api METHOD PATH, with the path percent-encoded');
  const full =
    path.startsWith('/api/') || path.startsWith('/metrics') || /^\/(healthz|readyz)$/.test(path)
      ? path
      : `/api/v1${path.startsWith('/') ? '' : '/'}${path}`;
  const body = input ? await buffer(process.stdin) : undefined;
  const answer = await client.send(method.toUpperCase(), full, {
    body,
    ...(input ? { type: 'application/json' } : {}),
  });
  if (answer.body.length === 0) return;
  const isJson = /json/.test(answer.headers['content-type'] ?? '');
  if (isJson && output.isTerminal) output.json(JSON.parse(answer.body.toString()));
  else
    output.write(
      isJson && !output.isTerminal ? Buffer.concat([answer.body, Buffer.from('\n')]) : answer.body,
    );
}
