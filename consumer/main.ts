#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { MemqError } from '../shared/errors.ts';
import { EX_SOFTWARE, EX_USAGE } from '../shared/exit-status.ts';
import { MAX_TIMER_S } from '../shared/limits.ts';
import { VERSION } from '../shared/version.ts';
import { check } from './check.ts';
import { type Configuration, readConfig } from './config/configuration.ts';
import { dryRun } from './dry-run.ts';
import { createReport, modeFor } from './report/create-report.ts';
import type { Counts, Report } from './report/report.ts';
import { Run } from './run.ts';
import { obeySignals } from './signals.ts';

interface Options {
  readonly config: string;
  readonly watch?: true;
  readonly maxJobs?: number;
  readonly maxTime?: number;
  readonly check?: true;
  readonly dryRun?: true;
  readonly failOnJobError?: true;
  readonly server?: { host: string; port: number };
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

process.exit(await main());

async function main(): Promise<number> {
  let options: Options;
  try {
    options = command.parse().opts<Options>();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EX_USAGE;
    throw error;
  }
  const { config: file, watch: isWatching = false, logLevel: level, logFile } = options;
  let report = await createReport({ mode: modeFor(isWatching), level, title: file });
  const crash = (error: unknown): never => {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    report.log(
      'error',
      { reason },
      `internal error: ${reason}; jobs that were running go back to their queues`,
    );
    report.end();
    process.exit(EX_SOFTWARE);
  };
  process.on('uncaughtException', crash).on('unhandledRejection', crash);
  try {
    const read = async () => withServer(await readConfig(file), options.server);
    const configuration = await read();
    if (options.check) return await check(configuration, (text) => process.stdout.write(text));
    if (options.dryRun) return await showNext(configuration);
    const title = configuration.bindings.map(({ queues }) => queues).join(' ');
    report = await createReport({ mode: modeFor(isWatching), level, logFile, title });
    const { failed, rejected } = await runJobs(configuration, options, report, read);
    report.end();
    return options.failOnJobError && failed + rejected > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof MemqError)) return crash(error);
    const { code, message, exitCode } = error;
    report.log('error', { code }, message);
    report.end();
    return exitCode;
  }
}

function runJobs(
  configuration: Configuration,
  options: Options,
  report: Report,
  reread: () => Promise<Configuration>,
): Promise<Counts> {
  const { maxJobs = Number.POSITIVE_INFINITY, maxTime, logLevel, watch: isWatching = false } = options;
  // What is left means little to a run that never ends.
  const countsWaiting = process.stderr.isTTY === true && !isWatching;
  const run = new Run({ isWatching, maxJobs, logLevel, report, countsWaiting, reread });
  obeySignals(run, report, isWatching);
  if (maxTime !== undefined) setTimeout(() => run.stop(), maxTime * 1000);
  return run.work(configuration);
}

async function showNext({ bindings }: Configuration): Promise<number> {
  for (const binding of bindings) {
    const text = await dryRun(binding);
    if (text !== undefined) process.stdout.write(`${text}\n`);
  }
  return 0;
}

function withServer(config: Configuration, server: Options['server']): Configuration {
  if (server === undefined) return config;
  const bindings = config.bindings.map((binding) => ({
    ...binding,
    server: { ...binding.server, ...server },
  }));
  return { ...config, bindings };
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
