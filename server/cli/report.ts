import { readableName } from '../../shared/latin1.ts';

/** Most lines of one kind, and queues that are listed: those that have most. JSON has them all. */
export const MOST_LISTED = 50;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Columns side by side: text to the left, what begins with a digit to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isNumber = head.map((_, column) => rows.every((row) => /^\d|^$/.test(row[column] ?? '')));
  return lines
    .map((line) =>
      widths.map((width, i) => (isNumber[i] ? line[i]?.padStart(width) : line[i]?.padEnd(width))).join('  '),
    )
    .map((line) => `  ${line.trimEnd()}\n`)
    .join('');
}

/** The first lines, and how many more there are. */
export function shortened(lines: readonly string[]): string {
  const more = lines.length - MOST_LISTED;
  const shown =
    more > 0 ? [...lines.slice(0, MOST_LISTED), `  and ${grouped(more)} more (--json has all)`] : lines;
  return shown.map((line) => `${line}\n`).join('');
}

/** 1,234 */
export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}

/** `1 message`, `2 messages` */
export function counted(number: number, what: string): string {
  return `${grouped(number)} ${what}${number === 1 ? '' : 's'}`;
}

/** 1.5 MiB */
export function sized(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

/** Local time to the second; nothing for 0. */
export function timed(milliseconds: number): string {
  if (milliseconds === 0) return '';
  return new Date(milliseconds).toLocaleString('sv-SE');
}

/** A name for a terminal, which must not do what a client has put into it. */
export function shown(name: string): string {
  return readableName(name).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
