import { IDENTIFIER } from '../../shared/call.ts';
import { nearestHint } from '../../shared/nearest.ts';
import { nonEmpty } from '../../shared/value-readers.ts';

/**
 * A class's name; in other languages than JavaScript it may have `\`, `::` or `.` between its parts, and `\` or `::` before
 * them.
 */
export function className(text: string): string {
  const parts = nonEmpty(text)
    .replace(/^(?:\\|::)/, '')
    .split(/\\|::|\./);
  if (!parts.every(isIdentifier)) throw new Error(`"${text}" is not a class's name`);
  return text;
}

/** Names of methods, with commas between them. */
export function methodNames(text: string): readonly string[] {
  const names = nonEmpty(text)
    .split(',')
    .map((name) => name.trim());
  const wrong = names.find((name) => !isIdentifier(name));
  if (wrong !== undefined) throw new Error(`"${wrong}" is not a method's name`);
  return [...new Set(names)];
}

/** Those that may be meant. */
const CHARSETS = [
  ...['utf-8', 'utf-16le', 'gbk', 'gb2312', 'gb18030', 'big5', 'shift_jis', 'euc-jp', 'euc-kr'],
  ...['iso-8859-1', 'iso-8859-15', 'latin1', 'windows-1251', 'windows-1252', 'koi8-r'],
];

/** The encoding, as TextDecoder names it. */
export function charset(text: string): string {
  try {
    return new TextDecoder(text).encoding;
  } catch {
    const hint = nearestHint(
      text,
      CHARSETS,
      'there are utf-8, gbk, big5, shift_jis and all others that browsers know',
    );
    throw new Error(`"${text}" is not a known charset; ${hint}`);
  }
}

export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}
