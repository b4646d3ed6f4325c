import type { Compression } from './inflate.ts';

/** What a client has written down of a value's type. */
type ValueType =
  | { readonly kind: 'text' }
  /** Text in JSON; a string in it is the payload. */
  | { readonly kind: 'json' }
  /** No text, so no call either; `show` tells which one it is. */
  | { readonly kind: 'scalar'; readonly name: string; readonly show: (bytes: Uint8Array) => string }
  | { readonly kind: 'object'; readonly name: string };

/** What the flags of a value say about its bytes. */
export interface Meaning {
  readonly compression?: Compression | undefined;
  readonly type: ValueType;
}

export interface Client {
  /** What people call it. */
  readonly title: string;
  /** How to have it send text. */
  readonly advice: string;
  readonly read: (flags: number) => Meaning;
}

const TEXT: ValueType = { kind: 'text' };
const JSON_TEXT: ValueType = { kind: 'json' };
const object = (name: string): ValueType => ({ kind: 'object', name });
/** A number or boolean that is written as text. */
const written = (name: string): ValueType => ({
  kind: 'scalar',
  name,
  show: (bytes) => Buffer.from(bytes).toString('latin1', 0, 40),
});

const PHP_TYPES: readonly ValueType[] = [
  TEXT,
  written('an integer'),
  written('a float'),
  { kind: 'scalar', name: 'a boolean', show: (bytes) => String(bytes.length > 0) },
  object('serialize()'),
  object('igbinary'),
  JSON_TEXT,
  object('msgpack'),
];
const PHP_COMPRESSED = 0x10;
const PHP_COMPRESSIONS: readonly (readonly [number, Compression])[] = [
  [0x20, 'php-zlib'],
  [0x40, 'php-fastlz'],
  [0x80, 'php-zstd'],
];

/** Bits 0 to 3 are the type, from bit 4 on the compression, from bit 16 on the application's own. */
function readPhpMemcached(flags: number): Meaning {
  const compression = PHP_COMPRESSIONS.find(([bit]) => flags & bit)?.[1] ?? 'zlib or gzip';
  return {
    compression: flags & PHP_COMPRESSED ? compression : undefined,
    type: PHP_TYPES[flags & 0xf] ?? TEXT,
  };
}

/** What python-memcached began and the others took over; text has 16. */
function readPython(flags: number): Meaning {
  return {
    compression: flags & 8 ? 'zlib or gzip' : undefined,
    type: flags & 1 ? object('pickle') : flags & 6 ? written('a number') : TEXT,
  };
}

/** What most others have in common: 1 is serialized, 2 is compressed. `types` are the bits 8 to 15. */
function readCommon(serialized: ValueType, types: readonly ValueType[] = []): (flags: number) => Meaning {
  return (flags) => ({
    compression: flags & 2 ? 'zlib or gzip' : undefined,
    type: flags & 1 ? serialized : (types[(flags >> 8) & 0xff] ?? TEXT),
  });
}

/** A number in Java's order of bytes, without the zeros that it would begin with. */
function packed(name: string, show: (eight: Buffer) => unknown): ValueType {
  const pad = (bytes: Uint8Array) => Buffer.concat([Buffer.alloc(8), bytes.subarray(-8)]).subarray(-8);
  return { kind: 'scalar', name, show: (bytes) => String(show(pad(bytes))) };
}

/** A number in the order of bytes of .NET's BitConverter. */
function little(name: string, show: (eight: Buffer) => unknown): ValueType {
  const pad = (bytes: Uint8Array) => Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(8)]).subarray(0, 8);
  return { kind: 'scalar', name, show: (bytes) => String(show(pad(bytes))) };
}

const JAVA_TYPES: readonly ValueType[] = [
  TEXT,
  { kind: 'scalar', name: 'a boolean', show: (bytes) => String(bytes[0] === 0x31) },
  packed('an integer', (eight) => eight.readInt32BE(4)),
  packed('a long', (eight) => eight.readBigInt64BE()),
  packed('a date', (eight) => `${eight.readBigInt64BE()} ms`),
  packed('a byte', (eight) => eight.readInt8(7)),
  packed('a float', (eight) => eight.readFloatBE(4)),
  packed('a double', (eight) => eight.readDoubleBE()),
  TEXT,
];

const PECL_TYPES: readonly ValueType[] = [
  TEXT,
  { kind: 'scalar', name: 'a boolean', show: (bytes) => String(bytes[0] === 0x31) },
  TEXT,
  written('an integer'),
  TEXT,
  TEXT,
  TEXT,
  written('a float'),
];

/** By .NET's TypeCode. */
const DOTNET_TYPES: ReadonlyMap<number, ValueType> = new Map([
  [1, object('an object')],
  [2, { kind: 'scalar', name: 'null', show: () => 'null' }],
  [3, little('a boolean', (eight) => eight[0] !== 0)],
  [4, little('a character', (eight) => eight.toString('utf16le', 0, 2))],
  [5, little('an integer', (eight) => eight.readInt8())],
  [6, little('an integer', (eight) => eight.readUInt8())],
  [7, little('an integer', (eight) => eight.readInt16LE())],
  [8, little('an integer', (eight) => eight.readUInt16LE())],
  [9, little('an integer', (eight) => eight.readInt32LE())],
  [10, little('an integer', (eight) => eight.readUInt32LE())],
  [11, little('an integer', (eight) => eight.readBigInt64LE())],
  [12, little('an integer', (eight) => eight.readBigUInt64LE())],
  [13, little('a float', (eight) => eight.readFloatLE())],
  [14, little('a double', (eight) => eight.readDoubleLE())],
  [15, object('a decimal')],
  [16, little('a date', (eight) => `${eight.readBigInt64LE()} ticks`)],
]);
const DOTNET_BYTES = 0xfa52;

function readEnyim(flags: number): Meaning {
  const isTyped = flags !== DOTNET_BYTES && (flags & 0x100) !== 0;
  return { type: (isTyped ? DOTNET_TYPES.get(flags & 0xff) : undefined) ?? TEXT };
}

function readNodeMemcached(flags: number): Meaning {
  return { type: flags & 2 ? JSON_TEXT : flags & 8 ? written('a number') : TEXT };
}

function readMemcacheClient(flags: number): Meaning {
  const type = flags & 2 ? JSON_TEXT : flags & 4 ? written('a number') : TEXT;
  return { compression: flags & 1 ? 'zlib or gzip' : undefined, type };
}

const PYTHON_ADVICE = 'pass set() a str';

/** The clients whose flags are known, by their names in the configuration. */
export const CLIENT_TABLE = {
  'php-memcached': {
    title: 'PHP Memcached',
    advice: 'pass set() a string, or set Memcached::OPT_SERIALIZER to Memcached::SERIALIZER_JSON',
    read: readPhpMemcached,
  },
  'php-memcache': {
    title: 'PHP Memcache',
    advice: 'pass set() a string',
    read: readCommon(object('serialize()'), PECL_TYPES),
  },
  pylibmc: { title: 'pylibmc', advice: PYTHON_ADVICE, read: readPython },
  pymemcache: { title: 'pymemcache', advice: `${PYTHON_ADVICE}, or leave serde out`, read: readPython },
  'python-memcached': { title: 'python-memcached', advice: PYTHON_ADVICE, read: readPython },
  dalli: {
    title: 'dalli',
    advice: 'give set the option raw: true, or the client serializer: JSON',
    // Its serializer is Marshal, which is recognised, unless another one was chosen.
    read: readCommon(JSON_TEXT),
  },
  spymemcached: {
    title: 'spymemcached',
    advice: 'pass set() a String',
    read: readCommon(object('the serialization of Java'), JAVA_TYPES),
  },
  perl: {
    title: 'Cache::Memcached',
    advice: 'pass set a string, not a reference',
    read: readCommon(object('Storable')),
  },
  enyim: { title: 'Enyim', advice: 'pass it a string', read: readEnyim },
  memcached: { title: 'memcached (npm)', advice: 'pass set() a string', read: readNodeMemcached },
  'memcache-client': { title: 'memcache-client', advice: 'pass set() a string', read: readMemcacheClient },
} satisfies Record<string, Client>;

export type ClientName = keyof typeof CLIENT_TABLE;
