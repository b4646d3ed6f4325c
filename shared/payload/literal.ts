import { MAX_DEPTH, MAX_DIGITS } from '../call.ts';
import { Float } from './exact.ts';
import { type Fields, nextIndex, phpKey, setOwn } from './object-keys.ts';
import { readQuoted } from './quoted.ts';
import { Char, type Scanner } from './scanner.ts';

/** A word, or PHP's name of a class with its namespaces. */
const NAME = /\\?[\p{ID_Start}$_][\p{ID_Continue}$\\]*/uy;
const ARRAY = /array\s*\(/iy;
const CAST = /\(\s*object\s*\)/iy;
const SET_STATE = /\s*::\s*__set_state\s*\(/iy;
const INFINITY = /INF\b/y;
const EXPONENT = /[eE][+-]?\d+/y;
const BIGINT = /n(?![\p{ID_Continue}$])/uy;

/**
 * Reads one literal: a string, number, true, false, null, list, object or PHP array.
 *
 * @throws PayloadError
 */
export function readLiteral(scanner: Scanner, depth: number): unknown {
  const code = scanner.next();
  switch (code) {
    case Char.apostrophe:
    case Char.quotation:
      return readText(scanner);
    case Char.openBracket:
      scanner.position++;
      return readArray(scanner, Char.closeBracket, depth);
    case Char.openBrace:
      scanner.position++;
      return readObject(scanner, depth);
    case Char.open:
      if (scanner.match(CAST) === undefined) return scanner.fail('expected a literal');
      return readArrayAsObject(scanner, depth);
    case Char.minus:
    case Char.dot:
      return readNumber(scanner);
    default:
      return code >= Char.zero && code <= Char.nine ? readNumber(scanner) : readWord(scanner, depth);
  }
}

/** One string, or several joined by dots: var_export writes a NUL as `'a' . "\0" . 'b'`. */
function readText(scanner: Scanner): string {
  let text = readQuoted(scanner);
  while (scanner.accept(Char.dot)) {
    const code = scanner.next();
    if (code !== Char.apostrophe && code !== Char.quotation) scanner.fail('expected a string after "."');
    text += readQuoted(scanner);
  }
  return text;
}

/**
 * An integer that a double cannot hold exactly becomes a bigint, as does one with an `n` behind it; a point or an exponent
 * makes a double.
 */
function readNumber(scanner: Scanner): number | bigint | Float {
  const { text, position: start } = scanner;
  const negative = text.charCodeAt(start) === Char.minus;
  if (negative) scanner.position++;
  const first = scanner.position;
  let digits = skipDigits(scanner);
  const whole = digits;
  if (text.charCodeAt(scanner.position) === Char.dot) {
    scanner.position++;
    digits += skipDigits(scanner);
  }
  if (digits === 0) {
    if (negative && scanner.match(INFINITY) !== undefined) return -Infinity;
    return scanner.fail('expected a literal', start);
  }
  if (whole > 1 && text.charCodeAt(first) === Char.zero) {
    scanner.fail('a number with a leading zero (octal, or a string without quotes?)', start);
  }
  const exponent = scanner.match(EXPONENT) !== undefined;
  const number = text.slice(start, scanner.position);
  if (exponent || scanner.position > first + whole) return toFloat(scanner, Number(number));
  const isBigint = scanner.match(BIGINT) !== undefined;
  if (isBigint || whole >= 16) return readLongInteger(scanner, number, isBigint);
  // PHP, Python and Ruby have no integer -0.
  return scanner.isExact ? Number(number) + 0 : Number(number);
}

function toFloat(scanner: Scanner, value: number): number | Float {
  return scanner.isExact && Number.isInteger(value) ? new Float(value) : value;
}

function readLongInteger(scanner: Scanner, digits: string, isBigint: boolean): number | bigint {
  // How var_export writes PHP_INT_MIN: its absolute value alone would not be an integer to PHP.
  if (digits === '-9223372036854775807' && scanner.text.startsWith('-1', scanner.position)) {
    scanner.position += 2;
    return -(2n ** 63n);
  }
  if (digits.length > MAX_DIGITS) {
    scanner.fail(`an integer of more than ${MAX_DIGITS} digits`, scanner.position - digits.length);
  }
  const number = Number(digits);
  return !isBigint && Number.isSafeInteger(number) ? number : BigInt(digits);
}

function skipDigits(scanner: Scanner): number {
  const { text, position: start } = scanner;
  let i = start;
  for (;;) {
    const code = text.charCodeAt(i);
    if (code >= Char.zero && code <= Char.nine) i++;
    else break;
  }
  scanner.position = i;
  return i - start;
}

/** true, false and null in any case, as PHP has printed them; PHP's INF and NAN; array(...) and stdClass. */
function readWord(scanner: Scanner, depth: number): unknown {
  const start = scanner.position;
  const word = scanner.match(NAME);
  switch (word?.toLowerCase()) {
    case undefined:
      return scanner.fail('expected a literal');
    case 'true':
      return true;
    case 'false':
      return false;
    case 'null':
      return null;
    case 'array':
      if (scanner.accept(Char.open)) return readArray(scanner, Char.close, depth);
      break;
    case 'stdclass':
    case '\\stdclass':
      if (scanner.match(SET_STATE) !== undefined) {
        const object = readArrayAsObject(scanner, depth);
        scanner.expect(Char.close, '")"');
        return object;
      }
      break;
  }
  if (word === 'INF') return Infinity;
  if (word === 'NAN') return Number.NaN;
  if (scanner.match(SET_STATE) !== undefined) {
    scanner.fail(`an object of class ${word}, which is not read: send an array`, start);
  }
  return scanner.fail('only literals are read (strings, numbers, true, false, null, lists, arrays)', start);
}

/** `{"key": value, ...}` */
function readObject(scanner: Scanner, depth: number): object {
  const object = newObject(scanner);
  descend(scanner, depth);
  while (!scanner.accept(Char.closeBrace)) {
    const code = scanner.next();
    if (code !== Char.apostrophe && code !== Char.quotation) scanner.fail('expected a quoted key or "}"');
    const key = readQuoted(scanner);
    scanner.expect(Char.colon, '":"');
    setOwn(object, key, readLiteral(scanner, depth + 1));
    if (!scanner.accept(Char.comma) && scanner.next() !== Char.closeBrace)
      scanner.fail('expected "," or "}"');
  }
  return object;
}

/** A PHP array that is an object, whatever its keys. */
function readArrayAsObject(scanner: Scanner, depth: number): object {
  const short = scanner.accept(Char.openBracket);
  if (!short && scanner.match(ARRAY) === undefined) return scanner.fail('expected an array');
  const value = readArray(scanner, short ? Char.closeBracket : Char.close, depth);
  return Array.isArray(value) ? toObject(scanner, value) : value;
}

/**
 * The rest of a list or of a PHP array, up to `close`. Keys 0, 1, 2, ... in order make a list, as for
 * json_encode; any other keys make an object.
 */
function readArray(scanner: Scanner, close: number, depth: number): unknown[] | object {
  const list: unknown[] = [];
  let object: Fields | undefined;
  let last = Number.NEGATIVE_INFINITY;
  descend(scanner, depth);
  while (!scanner.accept(close)) {
    scanner.next();
    const start = scanner.position;
    let value = readLiteral(scanner, depth + 1);
    let key: string | number = nextIndex(last);
    if (scanner.next() === Char.equals) {
      key = arrayKey(scanner, value, start);
      value = readLiteral(scanner, depth + 1);
    }
    if (typeof key === 'number' && key > last) last = key;
    if (object === undefined && typeof key === 'number' && key >= 0 && key <= list.length) {
      list[key] = value;
    } else {
      object ??= toObject(scanner, list);
      setOwn(object, String(key), value);
    }
    if (!scanner.accept(Char.comma) && scanner.next() !== close) {
      scanner.fail(`expected "," or "${String.fromCharCode(close)}"`);
    }
  }
  return object ?? list;
}

/** Reads `=>`, which makes `key` a key; "7" and 7 are the same one, as in PHP. */
function arrayKey(scanner: Scanner, key: unknown, position: number): string | number {
  scanner.position++;
  if (scanner.text.charCodeAt(scanner.position) !== Char.greater)
    scanner.fail('expected "=>"', scanner.position - 1);
  scanner.position++;
  if (typeof key === 'string') return phpKey(key);
  if (typeof key === 'bigint') return phpKey(String(key));
  if (typeof key === 'number' && Number.isSafeInteger(key)) return key;
  return scanner.fail('a key that is neither an integer nor a string', position);
}

function descend(scanner: Scanner, depth: number): void {
  if (depth === MAX_DEPTH) scanner.fail(`nested deeper than ${MAX_DEPTH} levels`, scanner.position - 1);
}

function newObject(scanner: Scanner): Fields {
  return scanner.isExact ? new Map() : {};
}

function toObject(scanner: Scanner, list: readonly unknown[]): Fields {
  const object = newObject(scanner);
  for (const [index, value] of list.entries()) setOwn(object, String(index), value);
  return object;
}
