#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { MemqError } from '../shared/errors.ts';
import { createLogger } from '../shared/logger.ts';
import { VERSION } from '../shared/version.ts';
import { type ConsumerConfig, readConfig } from './config.ts';
import { dryRun } from './dry-run.ts';
import { run } from './run.ts';

interface Options {
  readonly config: string;
  readonly maxJobs?: number;
  readonly maxTime?: number;
  readonly dryRun?: true;
  readonly failOnJobError?: true;
  readonly server?: { host: string; port: number };
  readonly logLevel: string;
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

const command = new Command('memq-consume')
  .description('Runs the jobs that wait on a queue, then ends. Without jobs it says nothing.')
  .version(VERSION)
  .option('-c, --config <file>', 'the configuration', 'config.ini')
  .option('--max-jobs <number>', 'end after this many jobs', parseCount)
  .option('--max-time <seconds>', 'take no more jobs after this time', parseSeconds)
  .option('--dry-run', 'show what the next job would do, and change nothing')
  .option('--fail-on-job-error', 'end with 1 when a job failed')
  .option('--server <host:port>', 'use this server, not the one in the configuration', parseServer)
  .addOption(new Option('--log-level <level>', 'what to log').choices(LEVELS).default('info'))
  .addHelpText(
    'after',
    `
Ends with 0 when all is done, also when jobs failed (the server keeps those), and when as many runs as the
configuration allows are at work. 64: wrong usage; 69: server unreachable; 70: internal error; 75: try again later;
77: login or class refused; 78: wrong configuration.`,
  )
  .allowExcessArguments(false)
  .exitOverride();

process.exit(await main());

async function main(): Promise<number> {
  let options: Options;
  try {
    options = command.parse().opts<Options>();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64;
    throw error;
  }
  const log = createLogger('memq-consume', options.logLevel);
  const crash = (error: unknown) => {
    log.fatal(error, 'an error that nothing caught; a job that was running goes back to its queue');
    process.exit(70);
  };
  process.on('uncaughtException', crash).on('unhandledRejection', crash);
  try {
    const config = withServer(await readConfig(options.config), options.server);
    if (options.dryRun) {
      const text = await dryRun(config);
      if (text !== undefined) process.stdout.write(`${text}\n`);
      return 0;
    }
    const { maxJobs = Infinity, maxTime } = options;
    const { failed, rejected } = await run(config, { maxJobs, signal: stopSignal(maxTime) }, log);
    return options.failOnJobError && failed + rejected > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof MemqError)) {
      log.fatal(error, 'internal error');
      return 70;
    }
    log.error({ code: error.code }, error.message);
    return error.exitCode;
  }
}

/** Aborts on the first SIGTERM or SIGINT, or when the time is up; a second signal ends the process at once. */
function stopSignal(maxSeconds: number | undefined): AbortSignal {
  const stop = new AbortController();
  for (const [name, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(128 + number);
      stop.abort();
    });
  }
  if (maxSeconds === undefined) return stop.signal;
  return AbortSignal.any([stop.signal, AbortSignal.timeout(maxSeconds * 1000)]);
}

function withServer(config: ConsumerConfig, server: Options['server']): ConsumerConfig {
  return server === undefined ? config : { ...config, server: { ...config.server, ...server } };
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1) throw new InvalidArgumentError('It must be 1 or more.');
  return count;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  // Node's timers end at 2^31 milliseconds.
  if (!/^\d+(\.\d+)?$/.test(text) || seconds > 2_000_000) {
    throw new InvalidArgumentError('It must be seconds, 0 to 2000000.');
  }
  return seconds;
}

/** `host:port`, with an IPv6 address in brackets. */
function parseServer(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65535) throw new InvalidArgumentError('It must be host:port.');
  return { host: match[1] ?? match[2]!, port };
}
