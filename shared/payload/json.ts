import { IDENTIFIER } from '../call.ts';
import type { Call } from './call.ts';
import { readLiteral } from './literal.ts';
import { readQuoted } from './quoted.ts';
import { Char, type Scanner } from './scanner.ts';

/** The method of queues whose jobs name a class only. */
const DEFAULT_METHOD = 'perform';

interface Field {
  readonly value: unknown;
  /** Where the value begins. */
  readonly position: number;
}

/**
 * Reads `{"class": ..., "method": ..., "args": [...]}`, up to the end of the text. Without a method it is `perform`,
 * as in Resque, php-resque and Sidekiq, whose other fields are passed over; without a class it is that of the
 * configuration. The values are read as the literals of a call are, of which JSON is a part: JSON means what it means
 * elsewhere, except that an integer beyond 53 bits becomes a bigint instead of losing digits.
 *
 * @throws PayloadError that names the place and shows the text there
 */
export function readJson(scanner: Scanner): Call {
  const fields = readFields(scanner);
  const className = readName(scanner, fields, 'class', (name) => name !== '');
  const method = readName(scanner, fields, 'method', (name) => IDENTIFIER.test(name));
  if (className === undefined && method === undefined) {
    scanner.fail('expected an object with "class" or "method"', scanner.text.indexOf('{'));
  }
  const call = { method: method ?? DEFAULT_METHOD, args: readList(scanner, fields) };
  return className === undefined ? call : { ...call, className };
}

/** The fields of the object that is the whole text. Two of one name could be read in two ways, so they are refused. */
function readFields(scanner: Scanner): Map<string, Field> {
  const fields = new Map<string, Field>();
  scanner.expect(Char.openBrace, '"{"');
  while (!scanner.accept(Char.closeBrace)) {
    const code = scanner.next();
    const start = scanner.position;
    if (code !== Char.quotation) scanner.fail('expected a key in double quotes or "}"');
    const key = readQuoted(scanner);
    if (fields.has(key)) scanner.fail(`${JSON.stringify(key)} a second time`, start);
    scanner.expect(Char.colon, '":"');
    scanner.next();
    const { position } = scanner;
    fields.set(key, { value: readLiteral(scanner, 1), position });
    if (!scanner.accept(Char.comma) && scanner.next() !== Char.closeBrace)
      scanner.fail('expected "," or "}"');
  }
  scanner.expectEnd('the object');
  return fields;
}

function readName(
  scanner: Scanner,
  fields: ReadonlyMap<string, Field>,
  key: string,
  isName: (text: string) => boolean,
): string | undefined {
  const field = fields.get(key);
  if (field === undefined) return undefined;
  const { value, position } = field;
  if (typeof value === 'string' && isName(value)) return value;
  return scanner.fail(`expected the name of a ${key}`, position);
}

/** Resque writes null for no arguments. */
function readList(scanner: Scanner, fields: ReadonlyMap<string, Field>): unknown[] {
  const field = fields.get('args');
  if (field === undefined || field.value === null) return [];
  if (Array.isArray(field.value)) return field.value;
  return scanner.fail('expected the arguments in a list, [...]', field.position);
}
