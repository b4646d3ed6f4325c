import { IDENTIFIER } from '../../shared/call.ts';
import { nonEmpty } from '../../shared/value-readers.ts';

/** A name, an IPv4 address or an IPv6 address, with or without brackets. */
export function host(text: string): string {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (!/^[\w.:%-]+$/.test(nonEmpty(bare))) throw new Error(`"${text}" is not a host's name or address`);
  return bare;
}

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

/** The encoding, as TextDecoder names it. */
export function charset(text: string): string {
  try {
    return new TextDecoder(text).encoding;
  } catch {
    throw new Error(`"${text}" is not a known charset`);
  }
}

export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}
