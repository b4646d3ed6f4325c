import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Finding } from '../helpers/program.ts';

/** What a process has to say of its seeds. */
export interface Report {
  readonly runs: number;
  /** The first seed that failed. */
  readonly failure: { readonly seed: number; readonly text: string } | undefined;
  readonly counts: [string, number][];
  readonly places: [string, number][];
}

/** Some of the seeds from `first` up to `first + count`: every `step`th. */
export interface Share {
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** Runs a share of the seeds in a process of their own. Undefined when it takes longer than `timeoutMs`, or dies. */
export async function runShare(
  directory: string,
  { first, count, step }: Share,
  timeoutMs?: number,
): Promise<Report | undefined> {
  const args = [first, count, step].map(String);
  const child = fork(join(directory, 'test/simulation/process.js'), args, { stdio: 'inherit', execArgv: [] });
  let report: Report | undefined;
  child.on('message', (message) => {
    report = message as Report;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs ?? 2 ** 31 - 1);
  await once(child, 'exit');
  clearTimeout(timer);
  return report;
}

/** Has a program run seeds from the first one on. */
export async function findWithSimulation(
  directory: string,
  seeds: number,
  timeoutMs: number,
): Promise<Finding | undefined> {
  const report = await runShare(directory, { first: 1, count: seeds, step: 1 }, timeoutMs);
  if (report === undefined) throw new Error('the process died, or took too long');
  const { failure, runs } = report;
  if (failure === undefined && runs !== seeds) throw new Error(`it has run ${runs} seeds only`);
  return failure && { run: failure.seed, text: failure.text };
}
