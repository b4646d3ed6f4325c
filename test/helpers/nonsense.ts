import fc from 'fast-check';
import { Opcode, request, storeExtras } from './binary-client.ts';

const oneOf = (words: string) => fc.constantFrom(...words.split(' '));

const bytes = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
const number = fc.oneof(fc.integer(), fc.nat({ max: 40 }), fc.bigInt()).map(String);
const queue = fc.oneof(oneOf('a b q $watch $client *'), fc.constantFrom('', 'Z'.repeat(240)));
const option = oneOf(
  'open close abort peek info fail final failed t=1 t=9999 lease=1 id=1 delay=1 pri=5 every=1 x',
);
const key = fc
  .tuple(queue, fc.array(option, { maxLength: 3 }))
  .map(([queue, options]) => [queue, ...options].join('/'));
const body = fc.oneof(
  bytes.map((bytes) => bytes.toString('latin1')),
  oneOf('x END flush_all {} a,b a:2,*,!b'),
);
const stores = 'set add replace append prepend cas';
const others =
  'get gets gat gats delete touch incr decr flush flush_all stats version verbosity mn mg md ma me quit GET \0';
const verb = oneOf(`${stores} ${others}`);
const word = fc.oneof(
  key,
  number,
  oneOf('noreply 0 v q c k queue queues conns reset T5 Oo'),
  fc.constant(''),
);
const line = fc
  .tuple(verb, fc.array(word, { maxLength: 5 }))
  .map(([verb, words]) => [verb, ...words].join(' '));
/** The length is a lie now and then. */
const store = fc
  .tuple(oneOf(stores), key, number, number, body, fc.option(number, { freq: 5 }))
  .map(([verb, key, flags, exptime, body, lie]) => {
    return `${verb} ${key} ${flags} ${exptime} ${lie ?? body.length}\r\n${body}`;
  });
const metaStore = fc
  .tuple(key, body, oneOf('T0 q MP c Ox I'))
  .map(([key, body, flag]) => `ms ${key} ${body.length} ${flag}\r\n${body}`);

/** Lines that look like commands, with any of their parts wrong. */
export const textNonsense = fc
  .array(fc.oneof(line, store, metaStore, body), { maxLength: 12 })
  .map((lines) => Buffer.from(lines.map((each) => `${each}\r\n`).join(''), 'latin1'));

const extras = fc.oneof(
  fc.constantFrom(Buffer.alloc(0), storeExtras(), Buffer.alloc(4)),
  bytes.map((bytes) => bytes.subarray(0, 24)),
);
const lengths = fc.record({ bodyLength: fc.nat({ max: 2 ** 32 - 1 }), keyLength: fc.nat({ max: 65_535 }) });
const frame = fc
  .record({
    opcode: fc.oneof(fc.constantFrom(...Object.values(Opcode)), fc.nat({ max: 255 })),
    key,
    value: fc.oneof(bytes, oneOf('x {} a,b \0user\0password')),
    extras,
    opaque: fc.nat(),
    cas: fc.constantFrom(0n, 0n, 1n, 2n ** 64n - 1n),
    lie: fc.option(lengths, { freq: 8 }),
  })
  .map(({ opcode, lie, ...fields }) => request(opcode, { ...fields, ...lie }));

/** Requests of the binary protocol, with any of their parts wrong. */
export const binaryNonsense = fc
  .array(frame, { minLength: 1, maxLength: 12 })
  .map((frames) => Buffer.concat(frames));

/** Any bytes, half of them marked as binary. */
export const noise = fc.oneof(
  bytes,
  bytes.map((bytes) => Buffer.concat([Buffer.of(0x80), bytes])),
);
