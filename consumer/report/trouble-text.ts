import { clip, printable, printableLines } from '../../shared/printable.ts';
import { CAUSED_BY } from '../error-text/part-line.ts';
import { locationOf, messageOf, rootCauseOf } from './error-location.ts';
import type { JobTrouble, Level } from './report.ts';
import { span } from './totals.ts';

/** How many characters of a call and of an error people are shown; logs have all that is known. */
const MAX_CALL = 200;
const MAX_ERROR = 1000;
const MAX_ERROR_LINES = 10;

/** How a job ended, in a word and in a sentence. */
const ENDED: { readonly [K in JobTrouble['kind']]: { readonly word: string; readonly sentence: string } } = {
  failed: { word: 'failed', sentence: 'a job failed' },
  final: { word: 'failed for good', sentence: 'a job failed for good' },
  rejected: { word: 'refused', sentence: 'a job was refused' },
  killed: { word: 'killed', sentence: 'a job was killed with its process' },
};

/** What becomes of it. */
const KEPT = 'kept as failed';
const TRIED_AGAIN = 'is tried again';

/** Whether the server keeps the job as failed, or will hand it out again; undefined: unknown. */
export function isKept({ kind, isLast }: JobTrouble): boolean | undefined {
  return kind === 'final' || kind === 'rejected' || isLast;
}

/** How grave it is, and what it means. */
export function meaningOf(trouble: JobTrouble): { readonly level: Level; readonly text: string } {
  const { kind } = trouble;
  const isOver = isKept(trouble);
  const level = kind === 'killed' || isOver ? 'error' : 'warn';
  return { level, text: `${ENDED[kind].sentence}; ${future(isOver)}` };
}

function future(isOver: boolean | undefined): string {
  if (isOver === undefined) return 'the server tries it again later, or keeps it after its last attempt';
  return isOver ? 'the server keeps it as failed' : 'the server tries it again later';
}

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
  const { call, reason, output } = trouble;
  const location = locationOf(reason);
  const root = rootCauseOf(reason);
  const lines = [
    printable(heading(trouble)),
    `  call   ${printable(clip(call, MAX_CALL))}`,
    `  error  ${errorLines(messageOf(reason))}`,
  ];
  if (location !== undefined) lines.push(`  at     ${printable(location)}`);
  if (root !== undefined) lines.push(`  cause  ${errorLines(root)}`);
  if (output !== undefined) lines.push(`  output ${indented(printableLines(output).split('\n'))}`);
  return lines.join('\n');
}

function errorLines(text: string): string {
  return indented(printableLines(clip(text.trim(), MAX_ERROR)).split('\n').slice(0, MAX_ERROR_LINES));
}

function indented(lines: readonly string[]): string {
  return lines.join('\n         ');
}

/**
 * What people are shown of a line's fields: those that its sentence does not tell already. A code alone is that of an
 * error of ours, which programs look for.
 */
export function fieldsForPeople(fields: object, sentence: string): object {
  const entries = Object.entries(fields);
  if (entries.length === 1 && entries[0]?.[0] === 'code') return {};
  return Object.fromEntries(entries.filter(([, value]) => !sentence.includes(String(value))));
}

/** `job 17 of mail (id invoice-7), attempt 3, failed after 1.2 s, is tried again` */
function heading(trouble: JobTrouble): string {
  const { queue, id, job, attempt, kind, ms } = trouble;
  const about = `job ${id} of ${queue}${job === undefined ? '' : ` (id ${job})`}, attempt ${attempt}`;
  const { word } = ENDED[kind];
  const how = kind === 'rejected' ? word : `${word} after ${span(ms)}`;
  const isOver = isKept(trouble);
  return [about, how, ...(isOver === undefined ? [] : [isOver ? KEPT : TRIED_AGAIN])].join(', ');
}
