import { clip, printable, printableLines } from '../../shared/printable.ts';
import { locationOf, messageOf } from './error-location.ts';
import type { JobTrouble, Level } from './report.ts';
import { span } from './totals.ts';

/** How many characters of a call and of an error people are shown; logs have all that is known. */
const MAX_CALL = 200;
const MAX_ERROR = 1000;
const MAX_ERROR_LINES = 10;

/** How grave it is, and what it means. */
export const MEANING: {
  readonly [K in JobTrouble['kind']]: { readonly level: Level; readonly text: string };
} = {
  failed: {
    level: 'warn',
    text: 'a job failed; the server tries it again later, or keeps it after its last attempt',
  },
  rejected: { level: 'error', text: 'a job was refused; the server keeps it as failed' },
  killed: {
    level: 'error',
    text: 'a job was killed with its process; the server tries it again later, or keeps it after its last attempt',
  },
};

/** On one line, with nothing in it that a terminal would obey. */
export function troubleLine(trouble: JobTrouble): string {
  const { call, reason } = trouble;
  const location = locationOf(reason);
  const error = clip(messageOf(reason).trim(), MAX_CALL);
  return printable(
    `${heading(trouble)}: ${clip(call, MAX_CALL)}: ${error}${location ? ` (${location})` : ''}`,
  );
}

/** On several lines, with nothing in them that a terminal would obey. */
export function troubleBlock(trouble: JobTrouble): string {
  const { call, reason } = trouble;
  const location = locationOf(reason);
  const error = printableLines(clip(messageOf(reason).trim(), MAX_ERROR)).split('\n');
  const lines = [
    printable(heading(trouble)),
    `  call   ${printable(clip(call, MAX_CALL))}`,
    `  error  ${error.slice(0, MAX_ERROR_LINES).join('\n         ')}`,
  ];
  if (location !== undefined) lines.push(`  at     ${printable(location)}`);
  return lines.join('\n');
}

function heading({ queue, id, job, attempt, kind, ms }: JobTrouble): string {
  const about = `job ${id} of ${queue}${job === undefined ? '' : ` (id ${job})`}, attempt ${attempt}`;
  return kind === 'rejected' ? `${about}, refused` : `${about}, ${kind} after ${span(ms)}`;
}
