import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BinaryParser } from '../../../server/protocol/binary-parser.ts';
import { Opcode, request, storeExtras } from '../../helpers/binary-client.ts';
import {
  body,
  expectSameHoweverCut,
  expectSameWhatever,
  MAX_ITEM,
  parse,
  places,
  queue,
  uint32,
  word,
} from '../../helpers/parse.ts';

const createParser = () => new BinaryParser(MAX_ITEM);
const opaque = uint32;

it('reads back every store', () => {
  const store = fc.record({
    key: queue,
    flags: uint32,
    // What is read as negative, and all that is read as a time.
    exptime: fc.integer({ min: -(2 ** 20), max: 2 ** 32 - 2 ** 20 - 1 }),
    opaque,
    body,
    quiet: fc.boolean(),
    cas: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(store, { maxLength: 5 }), places, (stores, places) => {
      const data = stores.map(({ key, flags, exptime, opaque, body, quiet, cas }) =>
        request(quiet ? Opcode.setq : Opcode.set, {
          ...{ key, opaque, value: body, cas: BigInt(cas) },
          extras: storeExtras(flags, exptime),
        }),
      );
      const commands = expectSameHoweverCut(createParser, Buffer.concat(data), places);
      expect(commands).toMatchObject(
        stores.map(({ opaque, body, ...rest }) => ({
          ...rest,
          verb: 'set',
          body: body.toString('latin1'),
          frame: { opcode: rest.quiet ? Opcode.setq : Opcode.set, opaque },
        })),
      );
    }),
  );
});

it('does not depend on how the bytes arrive, whatever they are', () => {
  const almost = fc
    .record({
      opcode: fc.oneof(fc.constantFrom(...Object.values(Opcode)), fc.nat({ max: 255 })),
      key: word,
      value: body,
      extras: fc.uint8Array({ maxLength: 24 }).map((bytes) => Buffer.from(bytes)),
      opaque,
      lie: fc.option(fc.record({ bodyLength: fc.nat({ max: 300 }), keyLength: fc.nat({ max: 300 }) }), {
        freq: 4,
      }),
    })
    .map(({ opcode, lie, ...fields }) => request(opcode, { ...fields, ...lie }));
  const noise = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from([0x80, ...bytes]));
  const data = fc
    .array(fc.oneof(almost, almost, noise), { maxLength: 6 })
    .map((parts) => Buffer.concat(parts));
  expectSameWhatever(createParser, data);
});

it('drops what it does not know or take unseen, answers it, and is in step behind it', () => {
  const cases: [Buffer, string][] = [
    [request(0x50, { key: 'k', value: 'v'.repeat(500), opaque: 7 }), 'unknown'],
    [request(Opcode.set, { key: 'k', value: 'v'.repeat(500), opaque: 7 }), 'client'],
    [request(Opcode.get, { extras: Buffer.alloc(4), key: 'k', opaque: 7 }), 'client'],
    [request(Opcode.get, { opaque: 7 }), 'client'],
    [request(Opcode.version, { key: 'k', opaque: 7 }), 'client'],
    [
      request(Opcode.set, { key: 'k', extras: storeExtras(), value: 'v'.repeat(MAX_ITEM + 1), opaque: 7 }),
      'too_large',
    ],
  ];
  for (const [bytes, kind] of cases) {
    const data = Buffer.concat([bytes, request(Opcode.noop, { opaque: 8 })]);
    expect(expectSameHoweverCut(createParser, data, [5, 30])).toMatchObject([
      { problem: { kind, fatal: false }, frame: { opcode: bytes[1], opaque: 7 } },
      { verb: 'noop', frame: { opaque: 8 } },
    ]);
  }
});

it('gives up where it cannot know what comes next', () => {
  const impossible = request(Opcode.get, { key: 'abc', bodyLength: 2, opaque: 7 });
  const commands = parse(createParser(), [impossible]);
  expect(commands).toMatchObject([{ problem: { kind: 'client', fatal: true }, frame: { opaque: 7 } }]);
  const text = Buffer.concat([request(Opcode.noop), Buffer.from('version\r\n')]);
  expect(expectSameHoweverCut(createParser, text, [24, 26])).toMatchObject([
    { verb: 'noop' },
    { problem: { text: 'not a binary request', fatal: true } },
  ]);
});
