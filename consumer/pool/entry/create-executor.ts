// Runs in a child.
import { createRequire } from 'node:module';
import { ClassExecutor } from '../../class/class-executor.ts';
import { loadWorker } from '../../class/class-file.ts';
import type { Binding } from '../../config/binding.ts';
import type { Executor } from '../../executor.ts';
import { ForeignExecutor } from '../../foreign/foreign-executor.ts';
import type { JobOutput } from './job-output.ts';

/** How long a program may take to end after its last job, milliseconds. */
export const PROGRAM_GRACE_MS = 5000;

/** What runs the jobs of a binding. `log` gets the lines that they log, pino's JSON; `output` what programs print. */
export function createExecutor(
  { worker, recycle, startTimeoutMs }: Pick<Binding, 'worker' | 'recycle' | 'startTimeoutMs'>,
  logLevel: string,
  log: (line: string) => void,
  output: JobOutput,
): Executor {
  if (worker.kind === 'class') {
    return new ClassExecutor(
      () => loadWorker(worker),
      () => pino()({ level: logLevel, base: null }, { write: log }),
    );
  }
  const { command, directory, className, methods } = worker;
  return new ForeignExecutor({
    command,
    directory,
    className,
    methods,
    recycle,
    graceMs: PROGRAM_GRACE_MS,
    loadMs: startTimeoutMs,
    onPrinted: ({ id, stream, text }) => output.printedLine(id, stream, text),
  });
}

/** Few jobs log, and it takes a good part of the time and the memory of a start. */
function pino(): typeof import('pino').pino {
  return createRequire(import.meta.url)('pino');
}
