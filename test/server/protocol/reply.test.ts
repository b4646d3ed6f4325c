import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, INLINE_LIMIT, LateReply, settled, type Value } from '../../../server/protocol/reply.ts';
import { ReplyWriter } from '../../../server/protocol/reply-writer.ts';
import { textEncoder } from '../../../server/protocol/text-encoder.ts';
import { commandOf, messageOf } from './meta-lines.ts';

const latin1 = fc
  .array(fc.integer({ min: 0, max: 255 }), { maxLength: 300 })
  .map((codes) => String.fromCharCode(...codes));

describe('what puts replies together', () => {
  it('has all that was written, in order, and is empty once it was taken', () => {
    const writer = new ReplyWriter();
    const piece = fc.oneof(
      latin1.map((text) => ({ text })),
      latin1.map((body) => ({ body })),
      fc.oneof(fc.nat(), fc.maxSafeNat()).map((number) => ({ number })),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        for (const piece of pieces) {
          if ('text' in piece) writer.text(piece.text);
          else if ('number' in piece) writer.number(piece.number);
          else writer.bytes(Buffer.from(`<${piece.body}>`, 'latin1'), 1, piece.body.length + 1);
        }
        expect(writer.take()).toBe(pieces.map((piece) => String(Object.values(piece)[0])).join(''));
        expect(writer.isEmpty).toBe(true);
      }),
    );
  });

  it.each([0, 9, 10, 99, 100, 4_294_967_295, 4_294_967_296, Number.MAX_SAFE_INTEGER])(
    'writes %d',
    (number) => {
      const writer = new ReplyWriter();
      writer.number(number);
      expect(writer.take()).toBe(String(number));
    },
  );
});

describe('a value that is put together as it leaves', () => {
  const value = fc.record({
    flags: fc.nat(4_294_967_295),
    cas: fc.maxSafeNat(),
    preface: fc.constantFrom('', '{"attempt":1}\n'),
    text: latin1,
  });

  it('is what it would have been at once, and takes no more bytes than it says', () => {
    fc.assert(
      fc.property(value, fc.constantFrom('get', 'gets'), ({ flags, cas, preface, text }, verb) => {
        const reply = replyWith(verb, messageOf(text, { flags, cas, preface }));
        expect(reply).toBeInstanceOf(LateReply);
        const { size } = concat(reply, 'END\r\n') as LateReply;
        const bytes = settled(reply);
        const head = `VALUE q ${flags} ${preface.length + text.length}${verb === 'gets' ? ` ${cas}` : ''}`;
        expect(bytes).toBe(`${head}\r\n${preface}${text}\r\nEND\r\n`);
        expect(bytes.length).toBeLessThanOrEqual(size);
      }),
    );
  });

  it('has a limit, beyond which it is passed on as it lies there', () => {
    expect(replyWith('get', messageOf('x'.repeat(INLINE_LIMIT)))).toBeInstanceOf(LateReply);
    const large = replyWith('get', messageOf('x'.repeat(INLINE_LIMIT + 1)));
    expect(concat(large, 'END\r\n')).toEqual([
      `VALUE q 7 ${INLINE_LIMIT + 1}\r\n`,
      Buffer.alloc(INLINE_LIMIT + 1, 'x'),
      '\r\n',
      'END\r\n',
    ]);
  });
});

function replyWith(verb: string, value: Value) {
  const command = commandOf(`${verb} q\r\n`);
  return textEncoder.value(command, command.key as NonNullable<typeof command.key>, value);
}
