import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Finding } from '../../../../helpers/program.ts';

/** Has a program try the first so many seeds of a cluster, in a process of its own. */
export async function findWithCluster(
  directory: string,
  seeds: number,
  timeoutMs: number,
): Promise<Finding | undefined> {
  const path = join(directory, 'test/server/engine/log/simulated/process.js');
  const child = fork(path, [String(seeds)], { stdio: 'inherit', execArgv: [] });
  let report: { readonly seed: number; readonly text: string } | undefined;
  child.on('message', (message) => {
    report = message as typeof report;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await once(child, 'exit');
  clearTimeout(timer);
  if (report === undefined) throw new Error('the process died, or took too long');
  return report.seed === 0 ? undefined : { run: report.seed, text: report.text };
}
