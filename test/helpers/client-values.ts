import { expect } from 'vitest';
import { type ClientName, payloadReader } from '../../consumer/payload/payload.ts';
import { PayloadError } from '../../shared/errors.ts';

/** A value as a client has stored it. */
export interface StoredValue {
  /** What it is, and behind a hyphen in which way. */
  readonly name: string;
  readonly flags: number;
  readonly body: Buffer;
}

const numbers = Array.from({ length: 4000 }, (_, i) => i).join(' ');
/** What the values that are calls say. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  call: 'hi',
  json: 'hi',
  unicode: '哈哈 ü',
  long: 'memq is a queue. '.repeat(2000),
  // What repeats lies farther apart than FastLZ's level 1 could say.
  far: numbers.repeat(5),
};

const PYTHON = {
  integer: 'stored a number (5)',
  true: 'serialized the value (pickle)',
  float: 'serialized the value (pickle)',
  list: 'serialized the value (pickle)',
};
const NPM = { integer: 'stored a number (5)', list: 'found "[\\"hi\\"]"' };

/** What is said of the values that are none, by name or by what stands before the hyphen. */
const REFUSALS: Readonly<Partial<Record<ClientName, Readonly<Record<string, string>>>>> = {
  'php-memcached': {
    integer: 'PHP Memcached stored an integer (5), which is no call: pass set() a string',
    float: 'stored a float (2.5)',
    true: 'stored a boolean (true)',
    false: 'stored a boolean (false)',
    list: 'PHP Memcached serialized the value (serialize())',
    igbinary: 'set Memcached::OPT_SERIALIZER to Memcached::SERIALIZER_JSON',
    msgpack: 'serialized the value (msgpack)',
  },
  pylibmc: { ...PYTHON, true: 'pylibmc stored a number (1)' },
  pymemcache: { ...PYTHON, list: 'pymemcache serialized the value (pickle)' },
  'python-memcached': PYTHON,
  dalli: {
    string: 'dalli serialized the value (Marshal of Ruby), which is never read as it could run code',
    integer: 'give set the option raw: true',
    list: 'Marshal of Ruby',
    'json-integer': 'expected a method name at position 0, found "5"',
  },
  spymemcached: {
    integer: 'stored an integer (5)',
    'integer-negative': 'stored an integer (-5)',
    'integer-long': 'stored a long (1099511627776)',
    byte: 'stored a byte (5)',
    float: 'stored a float (2.5)',
    double: 'stored a double (2.5)',
    true: 'stored a boolean (true)',
    false: 'stored a boolean (false)',
    date: 'stored a date (1700000000000 ms)',
    list: 'spymemcached serialized the value (the serialization of Java)',
  },
  perl: {
    integer: 'expected a method name at position 0, found "5"',
    list: 'Cache::Memcached serialized the value (Storable), which is never read',
  },
  memcached: { ...NPM, true: 'expected "(" at position 4' },
  'memcache-client': NPM,
};

/** Reads a value that `client` has stored as its configuration says, and expects of it what its name says. */
export function expectRead(client: ClientName, { name, flags, body }: StoredValue): void {
  const read = payloadReader({ format: 'auto', charset: 'utf-8', client });
  const kind = name.split('-')[0];
  const refusal = REFUSALS[client]?.[name] ?? REFUSALS[client]?.[kind];
  if (refusal === undefined) {
    const { method, args } = read(body, flags);
    expect(method).toBe('saveToLocal');
    expect(args).toEqual([ARGUMENTS[kind]]);
    if (kind === 'long' && name !== 'long-plain') expect(body.length).toBeLessThan(5000);
  } else {
    expect(() => read(body, flags)).toThrow(PayloadError);
    expect(() => read(body, flags)).toThrow(refusal);
  }
}
