import { type DestinationStream, pino } from 'pino';
import { printable } from '../../shared/printable.ts';
import type { ReportOutput } from './report.ts';
import { Totals } from './totals.ts';
import { meaningOf } from './trouble-text.ts';

/**
 * JSON lines, one for each job that did not end well, and one at the end when jobs have run. What JSON leaves to a
 * terminal to obey is escaped as well, for those who look at a log with `tail`.
 */
export function jsonReport(level: string, title: string, stream: DestinationStream): ReportOutput {
  const write = (line: string) => stream.write(`${printable(line.trimEnd())}\n`);
  const logger = pino({ name: 'memq-consume', level }, { write });
  const totals = new Totals();
  return {
    counted: (counts) => totals.add(counts),
    trouble: (trouble) => {
      const { queue, id, pid, isLast, ...about } = trouble;
      const { level, text } = meaningOf(trouble);
      logger[level]({ queue, message: id, ...about, last: isLast, worker: pid }, text);
    },
    log: (level, fields, text) => logger[level](fields, text),
    printed: ({ job: name, pid, stream, text }) => {
      // As the lines are that a job logs by its context.
      const about = name && { queue: name.queue, message: name.id, job: name.job, attempt: name.attempt };
      logger.info({ ...about, stream, worker: pid }, text);
    },
    end: () => {
      const { jobs, done, failed, rejected, cancelled, ms } = totals;
      const seconds = Math.round(ms) / 1000;
      if (jobs > 0)
        logger.info({ queue: title, done, failed, rejected, cancelled, seconds }, 'jobs have run');
    },
  };
}
