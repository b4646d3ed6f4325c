import { type Logger, pino } from 'pino';

/** A logger for jobs; `write` gets its lines, which are JSON. */
export function createJobLogger(level: string, write: (line: string) => void): Logger {
  return pino({ level, base: null }, { write });
}
