// Runs in a child.
import { pino } from 'pino';
import { ClassExecutor } from '../../class/class-executor.ts';
import { loadWorker } from '../../class/class-file.ts';
import type { Binding } from '../../config/binding.ts';
import type { Executor } from '../../executor.ts';
import { ForeignExecutor } from '../../foreign/foreign-executor.ts';

/** How long a program may take to end after its last job, milliseconds. */
export const PROGRAM_GRACE_MS = 5000;

/** What runs the jobs of a binding. `log` gets the lines that they write, pino's JSON. */
export function createExecutor(
  { worker, recycle }: Binding,
  logLevel: string,
  log: (line: string) => void,
): Executor {
  const logger = pino({ level: logLevel, base: null }, { write: log });
  if (worker.kind === 'class') return new ClassExecutor(() => loadWorker(worker), logger);
  const { command, directory, className, methods } = worker;
  return new ForeignExecutor({
    command,
    directory,
    className,
    methods,
    recycle,
    graceMs: PROGRAM_GRACE_MS,
    onPrinted: ({ text, ...about }) => logger.info(about, text),
  });
}
