import { READABLE_BY_ALL, readableByAll } from '../../shared/secret-files.ts';
import { addressText } from '../../shared/server-address.ts';
import { VERSION } from '../../shared/version.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Report } from './report.ts';
import { span } from './totals.ts';

// What a daemon says of itself.

/** It begins. */
export function tellStart(report: Report, file: string): void {
  report.log('info', { version: VERSION, config: file }, `memq-consume ${VERSION} starts, by ${file}`);
}

/** What it serves: a line for each binding; and what should not stay as it is. */
export function tellServed(
  report: Report,
  { bindings, secretFiles }: Pick<Configuration, 'bindings' | 'secretFiles'>,
): void {
  for (const file of readableByAll(secretFiles)) report.log('warn', { file }, READABLE_BY_ALL);
  for (const { queues, server, worker, processes, concurrency } of bindings) {
    const where = addressText(server);
    const command = worker.kind === 'command' ? worker.command.join(' ') : undefined;
    const how = [processes === 1 ? '1 process' : `${processes} processes`];
    if (concurrency > 1) how.push(`${concurrency} jobs at a time in each`);
    report.log(
      'info',
      { queue: queues, server: where, class: worker.className, command, processes, concurrency },
      `serves ${queues} of ${where} with ${command ?? `class ${worker.className}`}, in ${how.join(', ')}`,
    );
  }
}

/** All processes can run jobs; `isCutOff`: but a server cannot be reached. */
export function tellReady(report: Report, isCutOff: boolean): void {
  report.log('info', {}, `ready: jobs start as they come${isCutOff ? ', once the server is back' : ''}`);
}

/** No more jobs are taken. */
export function tellStopping(report: Report, graceMs: number): void {
  report.log('info', {}, `stops: takes no more jobs, and waits up to ${span(graceMs)} for those that run`);
}

export function tellStopped(report: Report): void {
  report.log('info', {}, 'stopped');
}
