import { readFile } from 'node:fs/promises';
import { parse } from 'ini';
import { ConfigError } from './errors.ts';

/** A value, and the number of its line, from 1. */
export interface Entry {
  readonly value: string;
  readonly line: number;
}

/** `[name]` and what is set below it; the name is '' for what comes before the first such line. */
export interface Section {
  readonly name: string;
  readonly line: number;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** In the order of the file; there is always the one without a name. */
export type Sections = readonly [Section, ...Section[]];

/**
 * Reads a file as `parseIni` does.
 *
 * @throws ConfigError
 */
export async function readIni(file: string, isData?: (section: string) => boolean): Promise<Sections> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError(`${file} is not UTF-8`);
  }
  return parseIni(text, file, isData);
}

/**
 * Reads `[section]` and `key = value` lines. What a value means (comments, quotes, escapes) is the `ini` library's
 * word; it is given one line at a time, so that an error can name the line and no key silently overrides another, and
 * no `[section]`, which it would split at dots. In sections that are data, a value is all that is behind the first
 * `=`, as it is.
 *
 * @throws ConfigError that names the file and the line
 */
export function parseIni(
  text: string,
  file: string,
  isData: (section: string) => boolean = () => false,
): Sections {
  let entries = new Map<string, Entry>();
  let parseLine = parseSetting;
  const sections = new Map<string, Section>([['', { name: '', line: 1, entries }]]);
  for (const [index, content] of text.split(/\r\n|\r|\n/).entries()) {
    const line = index + 1;
    const written = content.trim();
    if (written === '' || written.startsWith(';') || written.startsWith('#')) continue;
    try {
      if (written.startsWith('[')) {
        const name = sectionName(written);
        const earlier = sections.get(name);
        if (earlier !== undefined) throw new Error(`[${name}] is already on line ${earlier.line}`);
        entries = new Map();
        parseLine = isData(name) ? parseData : parseSetting;
        sections.set(name, { name, line, entries });
      } else {
        const [key, value] = parseLine(written);
        const earlier = entries.get(key);
        if (earlier !== undefined) throw new Error(`${key} is already set on line ${earlier.line}`);
        entries.set(key, { value, line });
      }
    } catch (error) {
      throw new ConfigError(`${file}:${line}: ${(error as Error).message}`);
    }
  }
  return [...sections.values()] as unknown as Sections;
}

function sectionName(line: string): string {
  const name = line.slice(1, -1).trim();
  if (!line.endsWith(']') || name === '')
    throw new Error('a section is written "[name]", with nothing behind it');
  return name;
}

function parseData(line: string): [string, string] {
  const equals = line.indexOf('=');
  if (equals < 1) throw new Error('expected "name = data"');
  return [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
}

/** The key and the value. Errors do not repeat values, which may be secret. */
function parseSetting(line: string): [string, string] {
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
  const wasQuoted = written.length > 1 && written.startsWith('"') && written.endsWith('"');
  const quote = parsed[0];
  if ((wasQuoted && parsed !== written) || (quote !== '"' && quote !== "'")) return parsed;
  if (parsed.length > 1 && parsed.endsWith(quote)) return parsed.slice(1, -1);
  throw new Error(
    'a quote is not closed (after quotes, no comment may follow a value with ";" or "#" in it)',
  );
}
