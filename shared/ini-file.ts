import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { cwd } from 'node:process';
import { parse } from 'ini';
import { Mistakes } from './mistakes.ts';
import { whyUnreadable } from './unreadable.ts';

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
  /** Keys that are set, but on a line that is wrong. */
  readonly unread: ReadonlySet<string>;
}

/** In the order of the file; there is always the one without a name. */
type Sections = readonly [Section, ...Section[]];

/** Whether a value is all that is behind the first `=`, as it is. */
type IsData = (section: string, key: string) => boolean;

/** Reads a file as `parseIni` does. Undefined when it cannot be read at all, which is noted in `mistakes`, too. */
export async function readIni(
  file: string,
  mistakes: Mistakes,
  isData?: IsData,
): Promise<Sections | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const from = isAbsolute(file) ? '' : `; a relative path counts from the working directory, ${cwd()}`;
    mistakes.addWhole(`cannot be read: ${whyUnreadable(file, error)}. --config names the file${from}`);
    return undefined;
  }
  if (isUtf16(bytes)) {
    mistakes.addWhole('is UTF-16: save it as UTF-8');
    return undefined;
  }
  return parseIni(bytes, file, isData, mistakes);
}

/** Whether there is the mark of UTF-16, as some editors write it, and a half of a character that they all have. */
function isUtf16(bytes: Buffer): boolean {
  return ['fffe', 'feff'].includes(bytes.toString('hex', 0, 2)) && bytes.includes(0);
}

/**
 * Reads `[section]` and `key = value` lines. What a value means (comments, quotes, escapes) is the `ini` library's
 * word; it is given one line at a time, so that an error can name the line and no key silently overrides another, and
 * no `[section]`, which it would split at dots.
 *
 * Lines that are wrong are noted in `mistakes`, where it is given, and left out.
 *
 * @throws ConfigError that names the file and the lines, without `mistakes`
 */
export function parseIni(
  bytes: Buffer,
  file: string,
  isData: IsData = () => false,
  mistakes?: Mistakes,
): Sections {
  const wrong = mistakes ?? new Mistakes(file);
  const unnamed = new OpenSection('', 1);
  const named = new Map<string, OpenSection>();
  let section = unnamed;
  for (const [index, content] of linesOf(bytes).entries()) {
    const line = index + 1;
    const written = content.toString().trim();
    if (!isUtf8(content)) {
      wrong.add(line, 'the line is not UTF-8: save the file as UTF-8');
      section.unread.add(keyOf(written));
      continue;
    }
    if (written === '' || written.startsWith(';') || written.startsWith('#')) continue;
    if (written.startsWith('[')) {
      // What is below a line that names no section belongs to none.
      section = new OpenSection(written.slice(1, -1).trim(), line);
      wrong.note(line, '', () => addSection(named, section, written));
    } else {
      const { name, entries, unread } = section;
      const parseLine = isData(name, keyOf(written)) ? parseData : parseSetting;
      const entry = wrong.note(line, '', () => addEntry(entries, parseLine(written), line));
      if (entry === undefined) unread.add(keyOf(written));
    }
  }
  if (mistakes === undefined) wrong.throwIfAny();
  return [unnamed, ...named.values()];
}

function linesOf(bytes: Buffer): Buffer[] {
  const text = bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '');
  // No byte of a character in UTF-8 looks like one of these.
  return text.split(/\r\n|\r|\n/).map((line) => Buffer.from(line, 'latin1'));
}

class OpenSection implements Section {
  readonly name: string;
  readonly line: number;
  readonly entries = new Map<string, Entry>();
  readonly unread = new Set<string>();

  constructor(name: string, line: number) {
    this.name = name;
    this.line = line;
  }
}

function addSection(sections: Map<string, OpenSection>, section: OpenSection, written: string): void {
  const { name } = section;
  if (!written.endsWith(']') || name === '')
    throw new Error('a section is written "[name]", with nothing behind it');
  const earlier = sections.get(name);
  if (earlier !== undefined) throw new Error(`[${name}] is already on line ${earlier.line}`);
  sections.set(name, section);
}

function addEntry(entries: Map<string, Entry>, [key, value]: [string, string], line: number): Entry {
  const earlier = entries.get(key);
  if (earlier !== undefined) throw new Error(`${key} is already set on line ${earlier.line}`);
  const entry = { value, line };
  entries.set(key, entry);
  return entry;
}

function keyOf(line: string): string {
  return line.replace(/=.*$/s, '').trim();
}

function parseData(line: string): [string, string] {
  const equals = line.indexOf('=');
  if (equals < 1) throw new Error('expected "name = data"');
  return [keyOf(line), line.slice(equals + 1).trim()];
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
