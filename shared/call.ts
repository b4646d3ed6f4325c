/** A value that a call can carry: JSON's values, and integers of any size. */
export type Literal =
  | null
  | boolean
  | number
  | string
  | bigint
  | readonly Literal[]
  | { readonly [key: string]: Literal | undefined };

/** How deep lists and objects may be nested, in what is written and in what is read. */
export const MAX_DEPTH = 512;

/** How many digits an integer may have: reading more takes longer than linear time. */
export const MAX_DIGITS = 4096;

/** A method's name, as JavaScript has it. */
export const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/**
 * Writes `method(arg, ...)` so that a worker reads back the same method and the same values, whatever
 * characters are in them. Two things are not kept: a key with the value undefined is left out, as JSON
 * does, and a bigint within a double's 53 bits comes back as the number that it equals.
 *
 * @throws TypeError that names the place, for what a call cannot carry: NaN and the infinities, undefined
 *   as an argument or a list's item, functions, symbols, instances of classes (a Date: send its ISO
 *   string), what is nested deeper than `MAX_DEPTH` or contains itself, and a
 *   bigint of more than `MAX_DIGITS` digits.
 */
export function formatCall(method: string, args: readonly Literal[] = []): string {
  if (!IDENTIFIER.test(method)) throw new TypeError(`${JSON.stringify(method)} is not a method's name`);
  return `${method}(${formatArguments(args)})`;
}

/**
 * What `formatCall` writes between the parentheses, which is also the inside of a JSON list.
 *
 * @throws TypeError as `formatCall`
 */
export function formatArguments(args: readonly unknown[]): string {
  let text = '';
  for (let i = 0; i < args.length; i++) {
    if (i > 0) text += ', ';
    text += formatValue(args[i], [i], 0);
  }
  return text;
}

/** `path` leads to the value: the argument's index, then keys and indexes. */
function formatValue(value: unknown, path: (string | number)[], depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return formatNumber(value, path);
    case 'bigint':
      return formatBigint(value, path);
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (depth === MAX_DEPTH) refuse(path.slice(0, 1), `is nested deeper than ${MAX_DEPTH} levels`);
      return Array.isArray(value) ? formatList(value, path, depth) : formatObject(value, path, depth);
    case 'undefined':
      return refuse(path, 'is undefined: send null, or leave it out');
    default:
      return refuse(path, `is a ${typeof value}`);
  }
}

function formatNumber(value: number, path: (string | number)[]): string {
  if (!Number.isFinite(value)) refuse(path, `is ${value}`);
  if (Object.is(value, -0)) return '-0.0';
  // Plain digits beyond 53 bits are read as an exact integer; an exponent says that this is a double.
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

function formatBigint(value: bigint, path: (string | number)[]): string {
  const digits = String(value);
  if (digits.length > MAX_DIGITS) refuse(path, `has more than ${MAX_DIGITS} digits`);
  return digits;
}

function formatList(list: readonly unknown[], path: (string | number)[], depth: number): string {
  let text = '[';
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text += ', ';
    path.push(i);
    text += formatValue(list[i], path, depth + 1);
    path.pop();
  }
  return `${text}]`;
}

function formatObject(object: object, path: (string | number)[], depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    refuse(path, `is an instance of ${object.constructor?.name || 'a class'}`);
  }
  let text = '{';
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (text.length > 1) text += ', ';
    path.push(key);
    text += `${JSON.stringify(key)}: ${formatValue(value, path, depth + 1)}`;
    path.pop();
  }
  return `${text}}`;
}

function refuse(path: readonly (string | number)[], why: string): never {
  const [argument, ...inside] = path;
  const where = inside.map((step) => `[${JSON.stringify(step)}]`).join('');
  throw new TypeError(`argument ${Number(argument) + 1}${where} ${why}, which a call cannot carry`);
}
