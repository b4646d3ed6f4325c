import { createRequire } from 'node:module';
import { destination, type Logger, pino } from 'pino';

export type { Logger };

/**
 * A logger for a command line: readable lines when standard error is a terminal, JSON lines elsewhere.
 * Logs go to standard error, synchronously, so that the last words before an exit are not lost.
 */
export function createLogger(name: string, level = 'info'): Logger {
  const stream = process.stderr.isTTY
    ? pretty()({ destination: 2, sync: true, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss' })
    : destination({ dest: 2, sync: true });
  return pino({ name, level }, stream);
}

/** Only terminals need it, and it is a good part of the time that a start takes. */
function pretty(): typeof import('pino-pretty') {
  return createRequire(import.meta.url)('pino-pretty');
}
