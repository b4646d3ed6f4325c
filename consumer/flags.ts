import { Command, InvalidArgumentError, Option } from 'commander';
import { MAX_TIMER_S } from '../shared/limits.ts';
import { VERSION } from '../shared/version.ts';

/** What the command line says. */
export interface Flags {
  readonly config: string;
  readonly watch?: true;
  readonly maxJobs?: number;
  /** Seconds. */
  readonly maxTime?: number;
  readonly check?: true;
  readonly dryRun?: true;
  readonly failOnJobError?: true;
  readonly server?: { readonly host: string; readonly port: number };
  readonly logLevel: string;
  readonly logFile?: string;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

const command = new Command('memq-consume')
  .description('Runs the jobs that wait on a queue, then ends. Without jobs it says nothing.')
  .version(VERSION)
  .option('-c, --config <file>', 'the configuration', 'config.ini')
  .option('-w, --watch', 'stay, and run jobs as they come')
  .option('--max-jobs <number>', 'end after this many jobs', parseCount)
  .option('--max-time <seconds>', 'take no more jobs after this time', parseSeconds)
  .option('--check', 'say what a run would do, with classes loaded and servers asked, and end')
  .option('--dry-run', 'show what the next job would do, and change nothing')
  .option('--fail-on-job-error', 'end with 1 when a job failed')
  .option('--server <host:port>', 'use this server, not the one in the configuration', parseServer)
  .addOption(new Option('--log-level <level>', 'what to log').choices(LEVELS).default('info'))
  .option('--log-file <file>', 'write JSON lines to this file as well; HUP opens it anew')
  .addHelpText(
    'after',
    `
Ends with 0 when all is done, also when jobs failed (the server keeps those), and when as many runs as the
configuration allows are at work. 64: wrong usage; 69: server unreachable; 70: internal error; 75: try again later;
77: login or class refused; 78: wrong configuration.`,
  )
  .allowExcessArguments(false)
  .exitOverride();

/** @throws CommanderError after help, the version, or what is wrong was printed */
export function readFlags(): Flags {
  return command.parse().opts<Flags>();
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1) throw new InvalidArgumentError('It must be 1 or more.');
  return count;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds > MAX_TIMER_S) {
    throw new InvalidArgumentError(`It must be seconds, 0 to ${MAX_TIMER_S}.`);
  }
  return seconds;
}

/** `host:port`, with an IPv6 address in brackets. */
function parseServer(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65535) throw new InvalidArgumentError('It must be host:port.');
  return { host, port };
}
