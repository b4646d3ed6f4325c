import { resolve } from 'node:path';
import { MAX_SOCKET_PATH } from './limits.ts';
import { orNearest } from './nearest.ts';

/**
 * Turns the text of a value into what it means, or throws an error that says what is wrong with it. Paths in it are
 * relative to `directory`; '' is the working directory.
 */
export type Reader<T> = (text: string, directory: string) => T;

export function integer(least: number, most: number): Reader<number> {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < least || number > most)
      throw new Error(`"${text}" is not a whole number from ${least} to ${most}`);
    return number;
  };
}

/** A number and its unit; NaN for no match. */
function amount(match: RegExpExecArray | null, units: ReadonlyMap<string, number>): number {
  const [, digits, unit = ''] = match ?? [];
  return Number(digits) * (units.get(unit) ?? Number.NaN);
}

/** How many bytes. */
const SIZE_UNITS = new Map([
  ['', 1],
  ['k', 1024],
  ['m', 1024 ** 2],
  ['g', 1024 ** 3],
]);

/** Bytes, or with k, m or g behind it, as memcached writes sizes. */
export function size(least: number, most: number): Reader<number> {
  return (text) => {
    const match = /^(\d+)([kmg]?)$/.exec(text.toLowerCase());
    const bytes = amount(match, SIZE_UNITS);
    if (match === null || bytes < least || bytes > most)
      throw new Error(`"${text}" is not a size from ${least} to ${most} bytes (k, m, g allowed)`);
    return bytes;
  };
}

/** How many seconds. */
const TIME_UNITS = new Map([
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);

/** Seconds, fractions allowed, or with s, m, h or d behind it; in milliseconds. The bounds are seconds. */
export function duration(least: number, most: number): Reader<number> {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text);
    const seconds = amount(match, TIME_UNITS);
    if (match === null || seconds < least || seconds > most)
      throw new Error(`"${text}" is not a time from ${least} to ${most} seconds (s, m, h, d allowed)`);
    return Math.round(seconds * 1000);
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Reader<T> {
  return (text) => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    throw new Error(`"${text}" is not ${words.join(' or ')}${orNearest(text, words)}`);
  };
}

export function yesNo(text: string): boolean {
  if (/^(yes|true|on)$/.test(text)) return true;
  if (/^(no|false|off)$/.test(text)) return false;
  throw new Error(`"${text}" is not yes or no`);
}

export function nonEmpty(text: string): string {
  if (text === '') throw new Error('it is empty');
  return text;
}

export function path(text: string, directory: string): string {
  return directory === '' ? nonEmpty(text) : resolve(directory, nonEmpty(text));
}

/** A unix socket, as `path`. */
export function socketPath(text: string, directory: string): string {
  const socket = path(text, directory);
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH)
    throw new Error(`${socket} has more than ${MAX_SOCKET_PATH} bytes, which no unix socket can have`);
  return socket;
}

/** Permissions, as chmod writes them. */
export function octalMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new Error(`"${text}" is not an octal mode such as 660`);
  return Number.parseInt(text, 8);
}
