import { errorMessage, MemqError } from '../shared/errors.ts';
import { EX_SOFTWARE } from '../shared/exit-status.ts';
import { Connection } from '../shared/memcache.ts';
import { printable, printableLines } from '../shared/printable.ts';
import { READABLE_BY_ALL, readableByAll } from '../shared/secret-files.ts';
import { addressText, type ServerAddress, tlsOf } from '../shared/server-address.ts';
import { loadWorkerInTime } from './class/class-file.ts';
import type { Binding } from './config/binding.ts';
import type { Configuration } from './config/configuration.ts';
import type { WorkerSource } from './config/worker-source.ts';
import { ProgramPool } from './foreign/program-pool.ts';
import { aboutPaused } from './queue/paused.ts';
import { countWaiting } from './queue/waiting-jobs.ts';
import { watch } from './queue/watch.ts';
import { span } from './report/totals.ts';

/** How long a program may take to end, milliseconds. */
const PROGRAM_GRACE_MS = 1000;

/** How wide the column of the titles is. */
const WIDTH = 11;

/** What is said of a binding, under a title; it throws what would keep a run from its work. */
type Fact = readonly [title: string, describe: () => string | Promise<string>];

/**
 * Says for each binding what a run would do, with its class loaded and its server asked, and what would keep it from
 * that. Takes no job. The exit status: 0, or that of the first problem.
 */
export async function check(configuration: Configuration, write: (text: string) => void): Promise<number> {
  const { file, overlap, graceMs, secretFiles, bindings } = configuration;
  const runs = overlap === 1 ? 'one run at a time' : `${overlap} runs at a time`;
  write(`${printable(file)}: ${runs}; a stop waits ${span(graceMs)} for jobs that run\n`);
  for (const secret of readableByAll(secretFiles)) write(`${printable(secret)}: ${READABLE_BY_ALL}\n`);
  let status = 0;
  for (const binding of bindings) {
    const { name, queues } = binding;
    write(`\n${printable(name === '' ? queues : `[${name}] ${queues}`)}\n`);
    for (const [title, describe] of facts(binding)) {
      let text: string;
      try {
        text = await describe();
      } catch (error) {
        text = `PROBLEM: ${errorMessage(error)}`;
        status ||= error instanceof MemqError ? error.exitCode : EX_SOFTWARE;
      }
      const indented = printableLines(text).replaceAll('\n', `\n${' '.repeat(WIDTH + 2)}`);
      write(`  ${title.padEnd(WIDTH)}${indented}\n`);
    }
  }
  return status;
}

function facts(binding: Binding): readonly Fact[] {
  const { queues, server, worker, payload, processes, concurrency, timeoutMs, recycle } = binding;
  const { format, charset, client } = payload;
  const longest = timeoutMs > 0 ? `${span(timeoutMs)} at most` : 'of any length';
  return [
    ['worker', () => describeWorker(worker)],
    ['methods', async () => [...(await allowedMethods(binding))].join(', ')],
    ['payloads', () => `${format}, in ${charset}${client === undefined ? '' : `, from ${client}`}`],
    ['processes', () => `${processes}${recycle > 0 ? `, replaced after ${recycle} jobs` : ''}`],
    ['jobs', () => `${concurrency} at a time in each process, ${longest}`],
    ['server', () => askServer(server, queues)],
  ];
}

function describeWorker(worker: WorkerSource): string {
  const { className } = worker;
  if (worker.kind === 'class') return `class ${className}, in ${worker.file}`;
  const words = worker.command.map((word) => (/^[^\s'"]+$/.test(word) ? word : JSON.stringify(word)));
  return `${words.join(' ')}, in ${worker.directory}${className === undefined ? '' : `, for class ${className}`}`;
}

/** The methods that jobs may call, of a class that can be loaded, or a program that starts. */
async function allowedMethods({ worker, startTimeoutMs }: Binding): Promise<Iterable<string>> {
  if (worker.kind === 'class') return (await loadWorkerInTime(worker, startTimeoutMs)).methods.keys();
  const { command, directory, className, methods } = worker;
  const programs = new ProgramPool({
    command,
    directory,
    className,
    methods,
    recycle: 0,
    graceMs: PROGRAM_GRACE_MS,
    loadMs: startTimeoutMs,
    onPrinted: () => {},
  });
  try {
    await programs.start();
  } finally {
    await programs.close();
  }
  return methods;
}

/** Connects and logs in: which server it is, and how many jobs wait there. */
async function askServer(address: ServerAddress, list: string): Promise<string> {
  const where = addressText(address);
  const connection = new Connection(address);
  try {
    const settings = await connection.stats('settings');
    const version = (await connection.stats()).get('version');
    await watch(connection, list);
    const waiting = await countWaiting(connection, list);
    const login = aboutLogin(settings, address);
    const tls = tlsOf(address) === undefined ? '' : ', over TLS';
    const jobs = waiting.jobs === 1 ? '1 job waits' : `${waiting.jobs} jobs wait`;
    const queues = waiting.queues === 1 ? '1 queue' : `${waiting.queues} queues`;
    return `${where}, memq-server ${version}${tls}${login}; ${[`${jobs}, in ${queues}`, ...aboutPaused(waiting.paused)].join('; ')}`;
  } finally {
    connection.close();
  }
}

function aboutLogin(settings: ReadonlyMap<string, string>, { username }: ServerAddress): string {
  if (username === undefined) return '';
  return settings.get('auth_enabled_sasl') !== 'no'
    ? `, logged in as ${username}`
    : ', which asks for no login: username and password have no effect';
}
