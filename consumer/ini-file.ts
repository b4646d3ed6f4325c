import { parse } from 'ini';
import { ConfigError } from '../shared/errors.ts';

/** A value, and the number of its line, from 1. */
export interface Entry {
  readonly value: string;
  readonly line: number;
}

/**
 * Reads `key = value` lines. What a line means (comments, quotes, escapes) is the `ini` library's word; it is
 * given one line at a time, so that an error can name the line and no key silently overrides another.
 *
 * @throws ConfigError that names the file and the line
 */
export function parseIni(text: string, file: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const [index, content] of text.split(/\r\n|\r|\n/).entries()) {
    const line = index + 1;
    try {
      const [key, value] = parseLine(content.trim()) ?? [];
      if (key === undefined || value === undefined) continue;
      const earlier = entries.get(key);
      if (earlier !== undefined) throw new Error(`${key} is already set on line ${earlier.line}`);
      entries.set(key, { value, line });
    } catch (error) {
      throw new ConfigError(`${file}:${line}: ${(error as Error).message}`);
    }
  }
  return entries;
}

/** The key and the value; undefined for a line that has none. Errors do not repeat values, which may be secret. */
function parseLine(line: string): [string, string] | undefined {
  if (line === '' || line.startsWith(';') || line.startsWith('#')) return undefined;
  if (line.startsWith('['))
    throw new Error(`${line}: sections are not supported; use one file for each queue`);
  const [key, parsed] = Object.entries(parse(line))[0] ?? [];
  const equals = line.indexOf('=');
  if (key === undefined || equals < 0) throw new Error('expected "key = value"');
  const value = textOf(parsed, line.slice(equals + 1).trim());
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f\x7f]/.test(value)) {
    throw new Error(`${key} has a control character (in double quotes, "\\" is written "\\\\")`);
  }
  return [key, value];
}

/**
 * The library reads some words and what is in single quotes as JSON, and leaves quotes on when a comment follows
 * them; here each value is its text.
 */
function textOf(parsed: unknown, written: string): string {
  if (typeof parsed === 'boolean' || parsed === null) return String(parsed);
  if (typeof parsed !== 'string') {
    if (!written.startsWith("'")) throw new Error('a list is written "key = a, b"');
    return written.slice(1, -1);
  }
  const quote = parsed[0];
  if (quote !== '"' && quote !== "'") return parsed;
  if (parsed.length > 1 && parsed.endsWith(quote)) return parsed.slice(1, -1);
  throw new Error(
    'a quote is not closed (after quotes, no comment may follow a value with ";" or "#" in it)',
  );
}
