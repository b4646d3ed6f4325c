import { destination, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

/**
 * A logger for a command line: readable lines when standard error is a terminal, JSON lines elsewhere.
 * Logs go to standard error, synchronously, so that the last words before an exit are not lost.
 */
export function createLogger(name: string, level = 'info'): Logger {
  const stream = process.stderr.isTTY
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss' })
    : destination({ dest: 2, sync: true });
  return pino({ name, level }, stream);
}
