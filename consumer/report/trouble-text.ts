import { clip, printable, printableLines } from '../../shared/printable.ts';
import { CAUSED_BY } from '../error-text/part-line.ts';
import { locationOf, messageOf, rootCauseOf } from './error-location.ts';
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
  const root = rootCauseOf(reason);
  const parts = [
    `${heading(trouble)}: ${clip(call, MAX_CALL)}: ${clip(messageOf(reason).trim(), MAX_CALL)}`,
    ...(location === undefined ? [] : [` (${location})`]),
    ...(root === undefined ? [] : [`, ${CAUSED_BY}${clip(root.trim(), MAX_CALL)}`]),
  ];
  return printable(parts.join(''));
}

/** On several lines, with nothing in them that a terminal would obey. */
export function troubleBlock(trouble: JobTrouble): string {
  const { call, reason } = trouble;
  const location = locationOf(reason);
  const root = rootCauseOf(reason);
  const lines = [
    printable(heading(trouble)),
    `  call   ${printable(clip(call, MAX_CALL))}`,
    `  error  ${errorLines(messageOf(reason))}`,
  ];
  if (location !== undefined) lines.push(`  at     ${printable(location)}`);
  if (root !== undefined) lines.push(`  cause  ${errorLines(root)}`);
  return lines.join('\n');
}

function errorLines(text: string): string {
  const lines = printableLines(clip(text.trim(), MAX_ERROR)).split('\n');
  return lines.slice(0, MAX_ERROR_LINES).join('\n         ');
}

/** What people are shown of a line's fields: a code alone is that of an error of ours, which programs look for. */
export function fieldsForPeople(fields: object): object {
  const [first, ...others] = Object.keys(fields);
  return first === 'code' && others.length === 0 ? {} : fields;
}

function heading({ queue, id, job, attempt, kind, ms }: JobTrouble): string {
  const about = `job ${id} of ${queue}${job === undefined ? '' : ` (id ${job})`}, attempt ${attempt}`;
  return kind === 'rejected' ? `${about}, refused` : `${about}, ${kind} after ${span(ms)}`;
}
