import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textEncoder } from '../../../server/protocol/text-encoder.ts';
import { amount } from '../../helpers/amount.ts';
import { places, word } from '../../helpers/parse.ts';
import {
  bytesOf,
  commandOf,
  messageOf,
  opaque,
  parse,
  readReply,
  refusalOf,
  statusReply,
} from './meta-lines.ts';

describe('flags', () => {
  const letters = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
  const commands = [
    { name: 'mg', line: 'mg q', body: '', offered: 'bcfkqsvOTLP' },
    { name: 'ms', line: 'ms q 2', body: 'hi\r\n', offered: 'bckqsFMOTLP' },
    { name: 'md', line: 'md q', body: '', offered: 'bkqCOLP' },
  ];

  it.each(commands)('$name refuses by name what it does not offer', ({ name, line, body, offered }) => {
    for (const letter of letters) {
      if (offered.includes(letter)) continue;
      // Behind it nobody knows where the body ends: test/server/commands/malformed.test.ts.
      if (name === 'ms' && /\d/.test(letter)) continue;
      const refusal = refusalOf(`${line} ${letter}1\r\n${body}`);
      expect(refusal.startsWith(`CLIENT_ERROR flag "${letter}" is not supported with ${name}`)).toBe(true);
    }
  });

  it.each(commands)('$name refuses each flag the second time', ({ line, body, offered }) => {
    const tokens: Record<string, string> = { C: '1', F: '1', M: 'S', T: '1' };
    for (const letter of offered) {
      const flag = letter + (tokens[letter] ?? '');
      const key = letter === 'b' ? line.replace('q', 'cQ==') : line;
      expect(refusalOf(`${key} ${flag} ${flag}\r\n${body}`)).toBe(
        `CLIENT_ERROR duplicate flag "${letter}"\r\n`,
      );
    }
  });

  it.each([
    ['F', ['', '-1', '4294967296', 'x', '1.5', '99999999999999999999']],
    ['T', ['', 'x', '1.5', '1e2', '--1', '9999999999999999']],
    ['M', ['', 'X', 'SS', 'set']],
  ])('%s is refused with a token that it cannot use', (letter, tokens) => {
    for (const token of tokens) {
      expect(refusalOf(`ms q 2 ${letter}${token}\r\nhi\r\n`)).toMatch(
        new RegExp(`^CLIENT_ERROR flag "${letter}" needs `),
      );
    }
  });

  it('takes opaques of up to 32 bytes, and answers them as they were', () => {
    fc.assert(
      fc.property(opaque, (opaque) => {
        expect(readReply(`mg q O${opaque}`, undefined)).toBe(`EN O${opaque}\r\n`);
        expect(statusReply(`md q O${opaque}\r\n`, 'deleted')).toBe(`HD O${opaque}\r\n`);
      }),
    );
    expect(refusalOf(`mg q O${'x'.repeat(33)}\r\n`)).toBe(
      'CLIENT_ERROR flag "O" takes up to 32 bytes without CR\r\n',
    );
    expect(refusalOf('mg q Ox\ry\r\n')).toBe('CLIENT_ERROR flag "O" takes up to 32 bytes without CR\r\n');
    expect(refusalOf(`ms q 2 O${'x'.repeat(33)}\r\nhi\r\n`)).toBe(
      'CLIENT_ERROR flag "O" takes up to 32 bytes without CR\r\n',
    );
  });
});

describe('base64 keys', () => {
  it('are the queue of their bytes, and come back as they were sent', () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 250 })
      .map((bytes) => Buffer.from(bytes))
      .filter((bytes) => !bytes.some((byte) => '\0 \r\n/'.includes(String.fromCharCode(byte))));
    fc.assert(
      fc.property(name, (name) => {
        const encoded = name.toString('base64');
        const command = commandOf(`mg ${encoded} v k b O1\r\n`);
        expect(command.key).toMatchObject({ queue: name.toString('latin1'), problem: undefined });
        expect(readReply(`mg ${encoded} v k b O1`, messageOf('hi'))).toBe(`VA 2 k${encoded} b O1\r\nhi\r\n`);
      }),
    );
  });

  it('may carry options, and are held to the rules for keys', () => {
    const key = (text: string) => Buffer.from(text, 'latin1').toString('base64');
    expect(commandOf(`mg ${key('q/open')} v b\r\n`).key).toMatchObject({ queue: 'q', problem: undefined });
    expect(commandOf(`mg ${key('a b')} v b\r\n`).key?.problem?.text).toBe(
      'a key may not hold NUL, blank, CR or LF',
    );
    expect(commandOf(`mg ${key('x'.repeat(250))} v b\r\n`).key?.problem).toBeUndefined();
    expect(commandOf(`mg ${key('x'.repeat(251))} v b\r\n`).key?.problem?.text).toMatch(/250 bytes/);
    expect(refusalOf(`mg ${key('q/open')} b\r\n`)).toMatch(/"open" needs the flag "v"/);
  });

  it.each(['foo!', 'Zm9', 'Zm9vYg', 'Zm9vYg=', '====', '=Zm9', 'Zm-_', 'Zg==Zg=='])('%s is none', (text) => {
    expect(refusalOf(`mg ${text} v b\r\n`)).toBe('CLIENT_ERROR key is not base64\r\n');
  });
});

describe('a meta line of any kind', () => {
  it('is answered with a line of its own, and what follows is in step', () => {
    const piece = fc.oneof(word, fc.stringMatching(/^[bcfkOqsvCTFMLP][0-9A-Za-z=]{0,4}$/));
    const line = fc
      .tuple(fc.constantFrom('mg', 'md', 'ma', 'me'), fc.array(piece, { maxLength: 8 }))
      .map(([verb, words]) => [verb, ...words].join(' '));
    fc.assert(
      fc.property(line, places, (line, places) => {
        const commands = parse(`${line}\r\nmn\r\n`, places);
        expect(commands).toHaveLength(2);
        expect(commands[1]).toMatchObject({ verb: 'noop' });
        const [first] = commands;
        if (first?.problem === undefined) expect(first?.meta).toBeDefined();
        else {
          expect(first.problem).toMatchObject({ kind: 'client', fatal: false });
          expect(first.refusal).toMatch(/^CLIENT_ERROR /);
        }
      }),
      { numRuns: amount(800, 2000) },
    );
  });

  it('ends where it ends: no text of a client breaks the line of an answer', () => {
    const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
    const piece = fc.oneof(
      byte,
      fc.constantFrom('q', ' ', ' k', ' b', ' O', ' Ox\r', ' O\x1b', '\r', '/peek'),
    );
    const rest = fc.array(piece).map((pieces) => pieces.join('').replaceAll('\n', '\r'));
    fc.assert(
      fc.property(rest, (rest) => {
        const command = commandOf(`mg ${rest}\r\n`);
        const { problem, key } = command;
        const reply = problem ?? key?.problem;
        const text =
          reply === undefined
            ? readReply(`mg ${rest}`, undefined)
            : bytesOf(textEncoder.problem(command, reply));
        expect(text).toMatch(/^(?:[^\r\n]*\r\n)?$/);
      }),
      { numRuns: amount(800, 2000) },
    );
  });

  it.each([
    ['mg', 'mg needs a key'],
    ['md', 'md needs a key'],
    ['ma q', 'meta command ma is not supported'],
    ['me q', 'meta command me is not supported'],
  ])('%s: %s', (line, text) => {
    expect(refusalOf(`${line}\r\n`)).toBe(`CLIENT_ERROR ${text}\r\n`);
  });

  it('mn is answered MN', () => {
    const command = commandOf('mn\r\n');
    expect(bytesOf(textEncoder.noop(command))).toBe('MN\r\n');
  });
});
