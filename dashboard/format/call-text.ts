/** A call as it is shown; its arguments are as they were written, so no digit of a number is lost. */
export interface CallText {
  readonly kind: 'call';
  /** With what stands between it and the method; '' where there is none. */
  readonly className: string;
  readonly method: string;
  readonly args: string;
}

/** What the beginning of a body looks like. */
export type BodyText =
  | CallText
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes' };

/** Where more than this part cannot be read it is no text. */
const MOST_UNREADABLE = 0.1;
const NAME = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]*`;
const CALL = new RegExp(String.raw`^(${NAME})\s*\(([\s\S]*)$`, 'u');
const QUERY = new RegExp(String.raw`^(${NAME})\?(\S*)$`, 'u');

/**
 * Reads the beginning of a body for people: `m(1, 2)`, `{"method": "m", "args": [1, 2]}` and `m?a=1` are calls. It is more lenient
 * than a worker, which reads all of it. `isCut`: there is more.
 */
export function bodyText(beginning: string, isCut = false): BodyText {
  const text = beginning.replace(/^\uFEFF/, '').trim();
  if (isUnreadable(text)) return { kind: 'bytes' };
  return jsonCall(text, isCut) ?? writtenCall(text, isCut) ?? queryCall(text) ?? { kind: 'text', text };
}

function isUnreadable(text: string): boolean {
  const bad = text.match(/\uFFFD|(?![\t-\r])\p{Cc}/gu)?.length ?? 0;
  return bad > text.length * MOST_UNREADABLE;
}

function writtenCall(text: string, isCut: boolean): CallText | undefined {
  const [, method, rest] = CALL.exec(text) ?? [];
  if (method === undefined || rest === undefined) return undefined;
  const end = /\)\s*;?$/.exec(rest);
  if (end === null) return isCut ? call('', method, `${rest}…`) : undefined;
  return call('', method, isCut ? `${rest}…` : rest.slice(0, end.index).trim());
}

function queryCall(text: string): CallText | undefined {
  const [, method, query] = QUERY.exec(text) ?? [];
  return method === undefined ? undefined : call('', method, query ?? '');
}

function jsonCall(text: string, isCut: boolean): CallText | undefined {
  if (!text.startsWith('{')) return undefined;
  const members = membersOf(text);
  const className = stringOf(members.get('class'));
  const method = stringOf(members.get('method')) ?? (className === undefined ? undefined : 'perform');
  if (method === undefined) return undefined;
  const args = members.get('args') ?? '';
  const isWhole = args.endsWith(']');
  const inner = args.replace(/^\[/, '').replace(/\]$/, '').trim();
  return call(
    className === undefined ? '' : `${className}.`,
    method,
    isWhole || !isCut ? inner : `${inner}…`,
  );
}

function call(className: string, method: string, args: string): CallText {
  return { kind: 'call', className, method, args };
}

/** The members of an object in JSON, their values as they are written; the last one may be cut. */
function membersOf(json: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let at = 1;
  while (at < json.length) {
    const keyEnd = valueEnd(json, at, ':');
    const key = stringOf(json.slice(at, keyEnd).trim());
    if (key === undefined) break;
    const end = valueEnd(json, keyEnd + 1, ',');
    // What an object has twice is no call; the first is shown.
    if (!members.has(key)) members.set(key, json.slice(keyEnd + 1, end).trim());
    if (json[end] !== ',') break;
    at = end + 1;
  }
  return members;
}

/** Where a value ends: at `stop`, or at the end of what it is in. */
function valueEnd(json: string, from: number, stop: string): number {
  let depth = 0;
  for (let at = from; at < json.length; at++) {
    const character = json[at] as string;
    if (character === '"') at = stringEnd(json, at);
    else if (depth === 0 && (character === stop || character === '}')) return at;
    else if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
  }
  return json.length;
}

function stringEnd(json: string, from: number): number {
  let at = from + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at;
}

function stringOf(json: string | undefined): string | undefined {
  if (json === undefined || !/^"[\s\S]*"$/.test(json)) return undefined;
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}
