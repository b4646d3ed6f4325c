import { clip, printable, printableLines } from '../../shared/printable.ts';
import { locationOf, messageOf } from './error-location.ts';
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
  const error = clip(messageOf(reason).trim(), MAX_CALL);
  return printable(
    `${heading(trouble)}: ${clip(call, MAX_CALL)}: ${error}${location ? ` (${location})` : ''}`,
  );
}

/** On several lines, with nothing in them that a terminal would obey. */
export function troubleBlock(trouble: JobTrouble): string {
  const { call, reason, output } = trouble;
  const location = locationOf(reason);
  const error = printableLines(clip(messageOf(reason).trim(), MAX_ERROR)).split('\n');
  const lines = [
    printable(heading(trouble)),
    `  call   ${printable(clip(call, MAX_CALL))}`,
    `  error  ${indented(error.slice(0, MAX_ERROR_LINES))}`,
  ];
  if (location !== undefined) lines.push(`  at     ${printable(location)}`);
  if (output !== undefined) lines.push(`  output ${indented(printableLines(output).split('\n'))}`);
  return lines.join('\n');
}

function indented(lines: readonly string[]): string {
  return lines.join('\n         ');
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
