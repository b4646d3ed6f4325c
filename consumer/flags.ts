import { cwd } from 'node:process';
import { Command } from 'commander';
import { noteStrangers } from '../shared/command-line.ts';
import { host } from '../shared/host.ts';
import { MAX_TIMER_S } from '../shared/limits.ts';
import type { Mistakes } from '../shared/mistakes.ts';
import type { SocketAddress, TcpAddress } from '../shared/server-address.ts';
import { duration, integer, oneOf, path, type Reader, socketPath } from '../shared/value-readers.ts';
import { VERSION } from '../shared/version.ts';

/** What the command line says. */
export interface Flags {
  /** Undefined where what was written names none. */
  readonly config: string | undefined;
  readonly isWatching: boolean;
  /** Infinity where nothing is said. */
  readonly maxJobs: number;
  readonly maxTimeMs: number | undefined;
  readonly check: boolean;
  readonly dryRun: boolean;
  readonly failOnJobError: boolean;
  readonly server: TcpAddress | SocketAddress | undefined;
  readonly logLevel: string;
  readonly logFile: string | undefined;
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const command = new Command('memq-consume')
  .description('Runs the jobs that wait on a queue, then ends. Without jobs it says nothing.')
  .version(VERSION)
  .option('-c, --config <file>', 'the configuration', 'config.ini')
  .option('-w, --watch', 'stay, and run jobs as they come')
  .option('--max-jobs <number>', 'end after this many jobs')
  .option('--max-time <seconds>', 'take no more jobs after this time')
  .option('--check', 'say what a run would do, with classes loaded and servers asked, and end')
  .option('--dry-run', 'show what the next job would do, and change nothing')
  .option('--fail-on-job-error', 'end with 1 when a job failed')
  .option(
    '--server <host:port>',
    'use this server, not the one in the configuration; a path is a unix socket',
  )
  .option('--log-level <level>', `what to log: ${LEVELS.join(', ')} (info)`)
  .option('--log-file <file>', 'write JSON lines to this file as well; HUP opens it anew')
  .addHelpText(
    'after',
    `
Ends with 0 when all is done, also when jobs failed (the server keeps those), and when as many runs as the
configuration allows are at work. 64: wrong usage; 69: server unreachable; 70: internal error; 75: try again later;
77: login or class refused; 78: wrong configuration.`,
  )
  .allowUnknownOption()
  .allowExcessArguments()
  .exitOverride();

/**
 * What is wrong is noted in `mistakes`, and left out.
 *
 * @throws CommanderError after help or the version was printed, or that a flag lacks its value
 */
export function readFlags(mistakes: Mistakes): Flags {
  const options = command.parse().opts<Record<string, string | true | undefined>>();
  noteStrangers(command, mistakes);
  const read = <T>(name: string, reader: Reader<T>): T | undefined => {
    const text = options[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    return typeof text === 'string' ? mistakes.note(0, `--${name}: `, () => reader(text, '')) : undefined;
  };
  return {
    config: read('config', path),
    isWatching: options.watch === true,
    maxJobs: read('max-jobs', integer(1, Number.MAX_SAFE_INTEGER)) ?? Number.POSITIVE_INFINITY,
    maxTimeMs: read('max-time', duration(0, MAX_TIMER_S)),
    check: options.check === true,
    dryRun: options.dryRun === true,
    failOnJobError: options.failOnJobError === true,
    server: read('server', server),
    logLevel: read('log-level', oneOf(...LEVELS)) ?? 'info',
    logFile: read('log-file', path),
  };
}

/** `host:port`, with an IPv6 address in brackets; or the path of a unix socket, which has a slash in it. */
function server(text: string): TcpAddress | SocketAddress {
  const [, name = '', port = ''] = /^(.*):(\d+)$/.exec(text) ?? [];
  if (/^[^:]*\//.test(text)) return { path: socketPath(text, cwd()) };
  if (port === '') throw new Error(`"${text}" is neither host:port nor the path of a unix socket`);
  return { host: host('its last part')(name, ''), port: integer(1, 65_535)(port, '') };
}
