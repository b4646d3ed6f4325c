/*
 * Values as they were written, for programs in other languages, where JavaScript's would lose what these have: an
 * object is a Map, so that keys which are integers keep their place, and 1.0 is not 1.
 */
import { formatNumber, placeText } from '../call.ts';

/** A floating-point number that has no fraction. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/**
 * Writes values in JSON, those of this file and JavaScript's own. Integers have all their digits, and INF is 1e999, which
 * PHP, Python and Ruby read as what it is.
 *
 * @throws TypeError that names the place, for NaN
 */
export function exactJson(values: readonly unknown[]): string {
  return listJson(values, []);
}

function valueJson(value: unknown, path: (string | number)[]): string {
  switch (typeof value) {
    case 'number':
      return numberJson(value, path);
    case 'bigint':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (value instanceof Float) return floatJson(value);
      if (Array.isArray(value)) return listJson(value, path);
      return objectJson(value instanceof Map ? value : Object.entries(value), path);
    default:
      return JSON.stringify(value);
  }
}

function numberJson(value: number, path: readonly (string | number)[]): string {
  if (Number.isFinite(value)) return formatNumber(value);
  if (Number.isNaN(value)) throw new TypeError(`${placeText(path)} is NaN, which JSON cannot carry`);
  return value > 0 ? '1e999' : '-1e999';
}

function floatJson({ value }: Float): string {
  const text = formatNumber(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function listJson(list: readonly unknown[], path: (string | number)[]): string {
  let text = '[';
  for (const [i, value] of list.entries()) {
    path.push(i);
    text += (i > 0 ? ', ' : '') + valueJson(value, path);
    path.pop();
  }
  return `${text}]`;
}

function objectJson(entries: Iterable<[string, unknown]>, path: (string | number)[]): string {
  let text = '{';
  for (const [key, value] of entries) {
    path.push(key);
    text += `${text.length > 1 ? ', ' : ''}${JSON.stringify(key)}: ${valueJson(value, path)}`;
    path.pop();
  }
  return `${text}}`;
}
