import { inspect } from 'node:util';
import { isErrorLike, peek } from './peek.ts';

/** What is told in another way, or means nothing to people. */
const TOLD = new Set(['name', 'message', 'stack', 'cause', 'errors', 'generatedMessage']);

/** HTTP clients keep their requests with their errors, and these have passwords and tokens in them. */
const PRIVATE =
  /pass|secret|token|auth|credential|cookie|header|key$|^(?:config|request|req|options|agent|socket|client)$/i;

/** Of an error, and of each object in it. */
const MOST_PROPERTIES = 12;
const MOST_INNER = 6;

/** How deep objects are looked into. */
const MOST_DEPTH = 2;

/** Of each text, characters. */
const MAX_TEXT = 200;
const MAX_VALUE = 1000;

/** An error's own properties as `code: ECONNREFUSED, port: 80`, but for those that may be secret. */
export function propertiesOf(error: object): string {
  try {
    return propertyList(error, MOST_PROPERTIES, 0);
  } catch {
    return '';
  }
}

/** What was thrown and is no error, or is an error's cause and no error. */
export function valueText(value: unknown): string {
  try {
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const text = propertyText(value, 0);
      if (text !== undefined) return text;
    }
    return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY }).slice(0, MAX_VALUE);
  } catch {
    return 'something that cannot be shown';
  }
}

function propertyList(object: object, most: number, depth: number): string {
  const shown: string[] = [];
  for (const key of Object.keys(object)) {
    if (PRIVATE.test(key) || (depth === 0 && TOLD.has(key))) continue;
    const text = propertyText(peek(object, key), depth);
    if (text !== undefined && shown.push(`${key}: ${text}`) === most) break;
  }
  return shown.join(', ');
}

/** On one line; undefined where there is nothing to tell. */
function propertyText(value: unknown, depth: number): string | undefined {
  if (value === undefined || value === null || typeof value === 'function') return undefined;
  if (typeof value === 'string') return oneLine(value);
  if (typeof value !== 'object') return String(value);
  if (isErrorLike(value)) return oneLine(`${String(peek(value, 'name'))}: ${String(peek(value, 'message'))}`);
  if (value instanceof Uint8Array) return oneLine(Buffer.from(value.subarray(0, MAX_TEXT)).toString());
  if (value instanceof Date) return value.toJSON() ?? undefined;
  if (depth === MOST_DEPTH) return undefined;
  if (Array.isArray(value)) {
    const items = value.slice(0, MOST_INNER).flatMap((item) => propertyText(item, depth + 1) ?? []);
    return items.length === 0
      ? undefined
      : `[${items.join(', ')}${value.length > MOST_INNER ? ', ...' : ''}]`;
  }
  const inner = propertyList(value, MOST_INNER, depth + 1);
  return inner === '' ? undefined : `{ ${inner} }`;
}

/** Behind an end of a line something could look like another part of the error. */
function oneLine(text: string): string | undefined {
  const line = text
    .slice(0, MAX_TEXT)
    .trim()
    .replace(/\s*[\r\n]\s*/g, ' | ');
  if (line === '') return undefined;
  return text.length > MAX_TEXT ? `${line}...` : line;
}
