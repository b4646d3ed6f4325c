import { stripVTControlCharacters } from 'node:util';
import type { Block } from '../helpers/pages.ts';

/** A command of a `console` block, and what the page says that one sees then. */
export interface Step {
  readonly command: string;
  readonly shown: string;
}

/** Ends a bar, in whose place the rest of the line comes. */
const CLEARED_LINE = '\x1b[1G\x1b[2K';

/** What is another in each run, as it stands in a pattern. */
const VARYING: readonly [RegExp, string][] = [
  [/\d\d:\d\d:\d\d/g, '\\d\\d:\\d\\d:\\d\\d'],
  [/\b[\d.]+ m?s\b/g, '[\\d.]+ m?s'],
  [/\bjob \d+ of/g, 'job \\d+ of'],
  [/"id":"\d+"/g, '"id":"\\d+"'],
  [/^(VALUE \S+ \d+) \d+/gm, '$1 \\d+'],
];

/** The commands of a `console` block; none has more than one line. */
export function readSteps({ text }: Block): Step[] {
  const parts = text.split(/^\$ /m).slice(1);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return { command: part.slice(0, end), shown: part.slice(end + 1) };
  });
}

/** What stays on the terminal of all that a program has written. */
export function seenOnTerminal(written: string): string {
  const lines = written.replaceAll('\r', '').split('\n');
  return lines.map((line) => stripVTControlCharacters(line.split(CLEARED_LINE).at(-1)!)).join('\n');
}

/**
 * What a page says that one sees, as a pattern: `...` stands for anything in a line, alone on a line for any lines, and
 * what is another in each run may be another.
 */
function sourceOf(shown: string): string {
  const escaped = shown.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const open = escaped.replace(/^\\\.\\\.\\\.\n/gm, '(?:.*\\n)*?').replaceAll('\\.\\.\\.', '.*');
  return VARYING.reduce((source, [pattern, text]) => source.replace(pattern, text), open);
}

/** What is seen where it is all that the page says. */
export const asShown = (shown: string): RegExp => new RegExp(`^${sourceOf(shown)}$`);

/** What is seen where it begins with what the page says. */
export const asShownFirst = (shown: string): RegExp => new RegExp(`^${sourceOf(shown)}`);
