import { fstatSync } from 'node:fs';
import { type DestinationStream, destination } from 'pino';
import { cronReport } from './cron-report.ts';
import { jsonReport } from './json-report.ts';
import { logFileReport, MAX_BACKLOG } from './log-file.ts';
import type { Report, ReportOutput } from './report.ts';
import { standard } from './standard-output.ts';
import type { Terminal } from './terminal-report.ts';

/** Who looks at standard error: a person; cron, which mails it; a program that collects logs. */
type Mode = 'terminal' | 'cron' | 'watch';

/** `isWatching`: for a daemon. */
export function modeFor(isWatching: boolean): Mode {
  if (process.stderr.isTTY) return 'terminal';
  return isWatching ? 'watch' : 'cron';
}

export interface ReportOptions {
  readonly mode: Mode;
  /** JSON lines go there as well, always. */
  readonly logFile?: string | undefined;
  /** One of pino's levels, or `silent`. */
  readonly level: string;
  /** What the run is about: its queues. */
  readonly title: string;
  /** How many jobs wait; undefined: unknown. */
  readonly expected?: number | undefined;
  /** Standard error, unless a test looks on. */
  readonly screen?: Terminal;
}

/**
 * A report on standard error, in the form that fits those who read it, and in the log file.
 *
 * @throws ConfigError when the log file cannot be opened
 */
export async function createReport(options: ReportOptions): Promise<Report> {
  const screen = await createScreen(options);
  const { logFile, level, title } = options;
  if (logFile === undefined) return toAll([screen]);
  const file = logFileReport(logFile, level, title, (text) => screen.log('error', {}, text));
  // The file first: who reads a line on the screen finds it in the file.
  return toAll([file, screen]);
}

async function createScreen(options: ReportOptions): Promise<ReportOutput> {
  const { mode, level, logFile, title, expected, screen = process.stderr } = options;
  if (mode === 'terminal') {
    // What only terminals need takes memory and time to load.
    const { terminalReport } = await import('./terminal-report.ts');
    return terminalReport(level, title, expected, screen);
  }
  // Who asks for details has them at once, also from cron.
  if (mode === 'cron' && level !== 'debug' && level !== 'trace')
    return cronReport({
      level,
      title,
      write: (text) => screen.write(text),
      keepsOutput: logFile === undefined,
    });
  return jsonReport(level, title, screen === process.stderr ? standardError() : screen);
}

/** That nobody reads it any more, or its disk is full, ends nothing. */
function standardError(): DestinationStream {
  // What a full disk does not take is written once it does.
  if (fstatSync(2).isFile())
    return destination({ dest: 2, sync: true, maxLength: MAX_BACKLOG }).on('error', () => {});
  return standard.stderr;
}

function toAll(outputs: readonly ReportOutput[]): Report {
  return {
    counted: (counts) => {
      for (const output of outputs) output.counted(counts);
    },
    trouble: (trouble) => {
      for (const output of outputs) output.trouble(trouble);
    },
    log: (level, fields, text) => {
      for (const output of outputs) output.log(level, fields, text);
    },
    printed: (line) => {
      for (const output of outputs) output.printed(line);
    },
    succeeded: (job) => {
      for (const output of outputs) output.succeeded?.(job);
    },
    waiting: (count) => {
      for (const output of outputs) output.waiting?.(count);
    },
    end: () => {
      for (const output of outputs) output.end();
    },
    reopen: () => {
      for (const output of outputs) output.reopen?.();
    },
  };
}
