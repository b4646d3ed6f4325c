import { type Command, Option } from 'commander';
import type { Queue } from '../../server/http/schemas/queues.ts';
import type { Overview, ServerInfo } from '../../server/http/schemas/server.ts';
import { errorMessage, MemqError } from '../../shared/errors.ts';
import { amount, timeMs } from '../arguments.ts';
import type { Client } from '../client.ts';
import { age, count, visible } from '../format.ts';
import { openSession } from '../session.ts';

/** What monitoring plugins end with (Monitoring Plugins Development Guidelines, "Plugin Return Codes"). */
const LEVELS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
type Level = 0 | 1 | 2;
const UNKNOWN = 3;
/** Conditions in which the server stores nothing, or something is gone. */
const WORST: ReadonlySet<string> = new Set([
  'disk-full',
  'log-failed',
  'stopping',
  'database-away',
  'records-lost',
]);
/** Queues that the line names at most. */
const MOST_NAMED = 10;

/** From when on it is a warning, and from when on critical. */
interface Bounds {
  readonly warning: number;
  readonly critical: number;
}
interface Options {
  readonly queue?: string;
  readonly maxReady?: Bounds;
  /** Milliseconds. */
  readonly maxAge?: Bounds;
  readonly maxFailed?: Bounds;
}

interface Finding {
  readonly level: Level;
  readonly text: string;
}
interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Of the queue that has most of it. */
  worst: number;
  readonly bounds: Bounds | undefined;
}

/** Wrong usage, or anything else for which there is no answer. */
class UnknownError extends MemqError {
  readonly code = 'UNKNOWN';
  override readonly exitCode = UNKNOWN;
}

/** `check`: for Nagios, Icinga and their like. */
export function addCheck(program: Command): void {
  program
    .command('check')
    .description('for Nagios and its like: a line with figures, and their exit statuses')
    .option('--queue <glob>', 'only queues that this fits; without it the whole server')
    .addOption(
      bounds('--max-ready <number[,number]>', 'ready messages of a queue: warning, critical', amount),
    )
    .addOption(bounds('--max-age <time[,time]>', 'how long the oldest one waits: 90, 5m, 2h', timeMs))
    .addOption(bounds('--max-failed <number[,number]>', 'failed messages of a queue', amount))
    .addHelpText(
      'after',
      `
Ends with what Nagios wants, other than all other verbs: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. A figure that reaches a bound is
a warning, one that reaches the second is critical. Without any it looks at the server: its disk, queues that nobody reads, a late
schedule. The figures behind | are those of the queue that has most.`,
    )
    .configureOutput({ outputError: () => {} })
    .exitOverride((error) => {
      if (error.exitCode === 0) throw error;
      const text = error.message.replace(/^error: /, '');
      process.stdout.write(lineOf(UNKNOWN, text));
      throw new UnknownError(text);
    })
    .action(check);
}

function bounds(flags: string, help: string, read: (text: string) => number): Option {
  return new Option(flags, help).argParser((text): Bounds => {
    const [warning = '', ...others] = text.split(',');
    // What is too much for the first one is too much for the reader of the second.
    const critical = others.length === 0 ? Number.POSITIVE_INFINITY : read(others.join(','));
    return { warning: read(warning), critical };
  });
}

async function check(options: Options, command: Command): Promise<void> {
  let line: string;
  let level: Level;
  try {
    const { client } = openSession(command);
    const { findings, figures } = await look(client, options);
    level = Math.max(0, ...findings.map((finding) => finding.level)) as Level;
    line = lineOf(level, textOf(findings), figures);
  } catch (error) {
    process.stdout.write(lineOf(UNKNOWN, errorMessage(error)));
    process.exitCode = UNKNOWN;
    return;
  }
  process.stdout.write(line);
  process.exitCode = level;
}

/** A `|` begins the figures, wherever it stands. */
function lineOf(level: Level | typeof UNKNOWN, text: string, figures: readonly Figure[] = []): string {
  const data = figures.map(({ name, unit, worst, bounds }) => {
    const ends = [bounds?.warning, bounds?.critical].map((bound) => (Number.isFinite(bound) ? bound : ''));
    return `${name}=${worst}${unit};${ends.join(';')};0`;
  });
  const words = `MEMQ ${LEVELS[level]}: ${visible(text).replaceAll('|', '¦')}`;
  return `${words}${data.length === 0 ? '' : ` | ${data.join(' ')}`}\n`;
}

function textOf(findings: readonly Finding[]): string {
  const worstFirst = [...findings].sort((a, b) => b.level - a.level).map(({ text }) => text);
  if (worstFirst.length === 0) return 'all is well';
  const rest = worstFirst.length - MOST_NAMED;
  return worstFirst.slice(0, MOST_NAMED).join('; ') + (rest > 0 ? `; and ${count(rest)} more` : '');
}

async function look(
  client: Client,
  { queue: glob, maxReady, maxAge, maxFailed }: Options,
): Promise<{ findings: Finding[]; figures: Figure[] }> {
  const inSeconds = maxAge && { warning: maxAge.warning / 1000, critical: maxAge.critical / 1000 };
  const ready: Figure = { name: 'ready', unit: '', worst: 0, bounds: maxReady };
  const oldest: Figure = { name: 'age', unit: 's', worst: 0, bounds: inSeconds };
  const failed: Figure = { name: 'failed', unit: '', worst: 0, bounds: maxFailed };
  const findings: Finding[] = [];
  const keys = new Set<string>();
  const hold = (figure: Figure, value: number, text: string) => {
    figure.worst = Math.max(figure.worst, value);
    const { warning, critical } = figure.bounds ?? {};
    if (warning === undefined || critical === undefined || value < Math.min(warning, critical)) return;
    findings.push({ level: value >= critical ? 2 : 1, text });
  };
  for await (const queue of client.items<Queue>('/queues', { q: glob })) {
    const { name, key, oldest_age } = queue;
    keys.add(key);
    hold(ready, queue.ready, `${name} has ${count(queue.ready)} ready`);
    hold(oldest, queue.ready === 0 ? 0 : oldest_age, `in ${name} the oldest waits for ${age(oldest_age)}`);
    hold(failed, queue.failed, `${name} has ${count(queue.failed)} failed`);
  }
  const isAsked = (key: string | undefined) => glob === undefined || (key !== undefined && keys.has(key));
  return {
    findings: [...(await conditions(client, isAsked)), ...findings],
    figures: [ready, oldest, failed],
  };
}

/** What the server itself says is wrong, with it or with these queues. */
async function conditions(client: Client, isAsked: (key: string | undefined) => boolean): Promise<Finding[]> {
  const [{ health }, { conditions }] = await Promise.all([
    client.get<ServerInfo>('/server'),
    client.get<Overview>('/overview'),
  ]);
  const told = conditions.map(({ code, queue, text }) => ({ code, key: queue?.key, text }));
  if (health !== 'ok' && !told.some(({ code }) => code === health))
    told.push({ code: 'stopping', key: undefined, text: `the server is ${health}` });
  return told
    .filter(({ key }) => isAsked(key))
    .map(({ code, text }): Finding => ({ level: WORST.has(code) ? 2 : 1, text }));
}
