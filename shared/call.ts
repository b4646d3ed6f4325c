import { shown } from './shown.ts';

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
 * characters are in them. One thing is not kept: a key with the value undefined is left out, as JSON does.
 *
 * @throws TypeError that names the place, such as `args[1].x`, for what a call cannot carry: NaN and the infinities,
 *   undefined as an argument or a list's item, functions, symbols, instances of classes (a Date: send its ISO
 *   string), what a list or an object has besides its items or keys, what is nested deeper than `MAX_DEPTH` or contains
 *   itself, and a bigint of more than `MAX_DIGITS` digits.
 */
export function formatCall(method: string, args: readonly Literal[] = []): string {
  if (typeof method !== 'string' || !IDENTIFIER.test(method))
    throw new TypeError(`${shown(method)} is not a method's name`);
  if (!Array.isArray(args))
    throw new TypeError(`the arguments of ${method} must be a list, such as ["hi"], not ${shown(args)}`);
  refuseExtras(args, []);
  let text = '';
  for (let i = 0; i < args.length; i++) {
    if (i > 0) text += ', ';
    text += formatValue(args[i], [i], 0);
  }
  return `${method}(${text})`;
}

/** Keys and indexes that lead to a value, the argument's index first. */
type Path = (string | number)[];

function formatValue(value: unknown, path: Path, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? formatNumber(value) : refuse(path, `is ${value}`);
    case 'bigint': {
      const digits = String(value);
      if (digits.length > MAX_DIGITS) refuse(path, `has more than ${MAX_DIGITS} digits`);
      // Plain digits within 53 bits are read as a number.
      return Number.isSafeInteger(Number(value)) ? `${digits}n` : digits;
    }
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (depth === MAX_DEPTH)
        refuse(path.slice(0, 1), `is nested deeper than ${MAX_DEPTH} levels, or contains itself`);
      return Array.isArray(value) ? formatList(value, path, depth) : formatObject(value, path, depth);
    case 'undefined':
      return refuse(path, 'is undefined: send null, or leave it out');
    default:
      return refuse(path, `is a ${typeof value}`);
  }
}

/** Writes a finite number so that a reader that knows integers of any size gets the same one. */
export function formatNumber(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  // Plain digits beyond 53 bits are read as an exact integer; an exponent says that this is a double.
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

function formatList(list: readonly unknown[], path: Path, depth: number): string {
  refuseExtras(list, path);
  let text = '[';
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text += ', ';
    path.push(i);
    text += formatValue(list[i], path, depth + 1);
    path.pop();
  }
  return `${text}]`;
}

function formatObject(object: object, path: Path, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) refuseInstance(object, path);
  refuseSymbols(object, path);
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

/** Of a list: that it is of a class of its own, and what it has besides its items. */
function refuseExtras(list: readonly unknown[], path: Path): void {
  const prototype: unknown = Object.getPrototypeOf(list);
  // Array.prototype, also that of another realm.
  if (prototype === null || Object.getPrototypeOf(Object.getPrototypeOf(prototype)) !== null)
    refuseInstance(list, path);
  const keys = Object.keys(list);
  // Where items are missing as well, these are refused.
  if (keys.length > list.length) refuse([...path, keys.at(-1) ?? ''], 'is no item of the list');
  refuseSymbols(list, path);
}

function refuseInstance(object: object, path: Path): never {
  return refuse(path, `is an instance of ${object.constructor?.name || 'a class'}`);
}

function refuseSymbols(object: object, path: Path): void {
  const [symbol] = Object.getOwnPropertySymbols(object);
  if (symbol !== undefined) refuse(path, `has the key ${String(symbol)}`);
}

function refuse(path: Path, why: string): never {
  throw new TypeError(`${placeText(path)} ${why}, which a call cannot carry`);
}

/** A place within arguments, as JavaScript writes it: `args[1].x`. */
export function placeText(path: readonly (string | number)[]): string {
  const steps = path.map((step) =>
    typeof step === 'string' && IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`,
  );
  return `args${steps.join('')}`;
}
