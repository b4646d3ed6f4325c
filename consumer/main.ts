#!/usr/bin/env node
// The way of a job: run.ts starts a pool by config/. In it a dispatcher takes jobs with queue/job-source.ts and gives them to
// child processes; in each of them pool/entry/child.ts has payload/ read the call and an executor run it, class/ in the process
// itself or foreign/ in a program beside it. The dispatcher tells the server how it ended, and report/ people.
import { dirname } from 'node:path';
import { CommanderError } from 'commander';
import { MemqError } from '../shared/errors.ts';
import { EX_SOFTWARE, EX_USAGE } from '../shared/exit-status.ts';
import { Mistakes } from '../shared/mistakes.ts';
import { moved } from '../shared/server-address.ts';
import { serviceManager } from '../shared/service-manager.ts';
import { check } from './check.ts';
import { type Configuration, readConfig } from './config/configuration.ts';
import { dryRun } from './dry-run.ts';
import { enterDirectory } from './enter-directory.ts';
import { type Flags, readFlags } from './flags.ts';
import { createReport, modeFor } from './report/create-report.ts';
import type { Counts, Report } from './report/report.ts';
import { standard } from './report/standard-output.ts';
import { tellReady, tellServed, tellStart, tellStopped, tellStopping } from './report/watch-lines.ts';
import { Run, type RunListener } from './run.ts';
import { obeySignals } from './signals.ts';

for (const stream of Object.values(standard)) stream.survive();
const status = await main();
await Promise.all(Object.values(standard).map((stream) => stream.flushed()));
process.exit(status);

async function main(): Promise<number> {
  const mistakes = new Mistakes();
  let flags: Flags;
  try {
    flags = readFlags(mistakes);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EX_USAGE;
    throw error;
  }
  const { config: file, isWatching, logLevel: level, logFile } = flags;
  let report = await createReport({ mode: modeFor(isWatching), level, title: file ?? '' });
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
    if (file === undefined) return mistakes.raise();
    const read = async (before?: Mistakes) => withServer(await readConfig(file, before), flags.server);
    const configuration = await read(mistakes);
    if (flags.check || flags.dryRun) enterDirectory(dirname(configuration.file));
    if (flags.check) return await check(configuration, (text) => process.stdout.write(text));
    if (flags.dryRun) return await showNext(configuration);
    const title = [...new Set(configuration.bindings.map(({ queues }) => queues))].join(' ');
    report = await createReport({ mode: modeFor(isWatching), level, logFile, title });
    const { failed, rejected } = await runJobs(configuration, flags, report, read);
    report.end();
    if (isWatching) tellStopped(report);
    return flags.failOnJobError && failed + rejected > 0 ? 1 : 0;
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
  flags: Flags,
  report: Report,
  reread: () => Promise<Configuration>,
): Promise<Counts> {
  const { maxJobs, maxTimeMs, logLevel, isWatching } = flags;
  // What is left means little to a run that never ends.
  const countsWaiting = process.stderr.isTTY === true && !isWatching;
  const tell = serviceManager(({ message }) => report.log('warn', {}, `systemd cannot be told: ${message}`));
  const listener: RunListener = isWatching
    ? {
        serving: (config) => tellServed(report, config),
        ready(isCutOff) {
          tellReady(report, isCutOff);
          tell('READY=1');
        },
        stopping({ graceMs }) {
          tellStopping(report, graceMs);
          tell('STOPPING=1');
        },
      }
    : {};
  if (isWatching) tellStart(report, configuration.file);
  const run = new Run({ isWatching, maxJobs, logLevel, report, countsWaiting, reread, listener });
  obeySignals(run, report, isWatching);
  if (maxTimeMs !== undefined) setTimeout(() => run.stop(), maxTimeMs);
  return run.work(configuration);
}

async function showNext({ bindings }: Configuration): Promise<number> {
  for (const binding of bindings) {
    for (const line of await dryRun(binding)) process.stdout.write(`${line}\n`);
  }
  return 0;
}

/** TLS is that of the configuration, where it has an address by TCP; the login in any case. */
function withServer(config: Configuration, server: Flags['server']): Configuration {
  if (server === undefined) return config;
  const bindings = config.bindings.map((binding) => ({ ...binding, server: moved(binding.server, server) }));
  return { ...config, bindings };
}
