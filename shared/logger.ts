import { createRequire } from 'node:module';
import { destination, type Logger, pino } from 'pino';

export type { Logger };

/** Bytes of lines that are kept while they cannot be written; more are dropped. */
const MOST_UNWRITTEN = 1 << 20;

/**
 * A logger for a command line: readable lines when standard error is a terminal, JSON lines elsewhere.
 * Logs go to standard error, synchronously, so that the last words before an exit are not lost.
 */
export function createLogger(name: string, level = 'info'): Logger {
  const stream = process.stderr.isTTY
    ? pretty()({ destination: 2, sync: true, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss' })
    : destination({ dest: 2, sync: true, maxLength: MOST_UNWRITTEN });
  // A full disk or a closed pipe must not end the process; lines are written once they can be.
  stream.on('error', () => {});
  return pino({ name, level }, stream);
}

/** Only terminals need it, and it is a good part of the time that a start takes. */
function pretty(): typeof import('pino-pretty') {
  return createRequire(import.meta.url)('pino-pretty');
}
