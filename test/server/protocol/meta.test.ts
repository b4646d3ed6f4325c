import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Input } from '../../../server/protocol/input.ts';
import { Problem } from '../../../server/protocol/problem.ts';
import type { Reply, Status, Value } from '../../../server/protocol/reply.ts';
import type { Request } from '../../../server/protocol/request.ts';
import { textEncoder } from '../../../server/protocol/text-encoder.ts';
import { TextParser } from '../../../server/protocol/text-parser.ts';
import { amount } from '../../helpers/amount.ts';
import { body, cut, int32, MAX_ITEM, places, queue, uint32, word } from '../../helpers/parse.ts';

/** What a parser makes of `data`, as plain values. Each chunk lies in a buffer that is overwritten afterwards. */
function parseChunks(chunks: readonly Buffer[]) {
  const parser = new TextParser(MAX_ITEM);
  const input = new Input();
  const seen: ReturnType<typeof plain>[] = [];
  for (const chunk of chunks) {
    const shared = Buffer.from(chunk);
    input.push(shared);
    for (let command = parser.next(input); command !== undefined; command = parser.next(input)) {
      seen.push(plain(command));
      if (command.problem?.fatal) return seen;
    }
    input.settle();
    shared.fill('\n');
  }
  return seen;
}

function plain(command: Request) {
  const { verb, flags, exptime, cas, quiet, meta, problem } = command;
  const body = command.copyBody().toString('latin1');
  const refusal = problem && bytesOf(textEncoder.problem(command, problem));
  return { verb, key: command.key?.text, flags, exptime, cas, quiet, meta, problem, refusal, body };
}

function parse(text: string, places: readonly number[] = []) {
  return parseChunks(cut(Buffer.from(text, 'latin1'), places));
}

/** The one command of `text`. */
function commandOf(text: string): Request {
  const input = new Input();
  input.push(Buffer.from(text, 'latin1'));
  const parser = new TextParser(MAX_ITEM);
  const command = parser.next(input);
  if (command === undefined) throw new Error(`no command in ${JSON.stringify(text)}`);
  if (command.problem?.fatal) return command;
  expect(parser.next(input)).toBeUndefined();
  expect(input.length).toBe(0);
  return command;
}

function bytesOf(reply: Reply): string {
  const parts = typeof reply === 'string' ? [reply] : reply;
  return parts.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))).join('');
}

function messageOf(text: string, rest: Partial<Value> = {}): Value {
  // Real bodies lie somewhere in a larger buffer.
  const body = Buffer.from(`<<${text}>>`, 'latin1');
  return { flags: 7, cas: 42, preface: '', body, start: 2, end: body.length - 2, ...rest };
}

/** What a read is answered with, found or not. */
function readReply(line: string, value: Value | undefined): string {
  const command = commandOf(`${line}\r\n`);
  const { key } = command;
  if (key === undefined) throw new Error(command.problem?.text);
  const first = value === undefined ? textEncoder.miss(command, key) : textEncoder.value(command, key, value);
  return bytesOf(first) + bytesOf(textEncoder.end(command));
}

function statusReply(request: string, status: Status, cas?: number): string {
  const command = commandOf(request);
  expect(command.problem).toBeUndefined();
  return bytesOf(textEncoder.status(command, status, cas));
}

function refusalOf(request: string): string {
  const command = commandOf(request);
  const { problem } = command;
  if (problem === undefined) throw new Error(`${JSON.stringify(request)} was not refused`);
  expect(problem.fatal).toBe(false);
  return bytesOf(textEncoder.problem(command, problem));
}

const opaque = fc.stringMatching(/^[!-~\x80-\xff]{0,32}$/);
const shared = [
  fc.constant('k'),
  fc.constant('q'),
  opaque.map((token) => `O${token}`),
  word.map((token) => `L${token}`),
  word.map((token) => `P${token}`),
];

/** Some of the flags, each at most once, in any order. */
function someOf(...flags: fc.Arbitrary<string>[]): fc.Arbitrary<string[]> {
  return fc.tuple(...flags).chain((all) => fc.shuffledSubarray(all));
}

function numberOf(flags: readonly string[], letter: string): number {
  return Number(flags.find((flag) => flag.startsWith(letter))?.slice(1) ?? 0);
}

describe('mg', () => {
  it.each([
    ['mg q v', { verb: 'get', exptime: 0 }],
    ['mg q v T60', { verb: 'gat', exptime: 60 }],
    ['mg q T0 v', { verb: 'gat', exptime: 0 }],
    ['mg q v c T60', { verb: 'gats', exptime: 60 }],
    ['mg q v c', { verb: 'gets' }],
    ['mg q T60', { verb: 'touch', exptime: 60 }],
    ['mg q/lease=9 T60 q O1', { verb: 'touch', key: 'q/lease=9', exptime: 60, quiet: true }],
    ['mg q', { verb: 'get' }],
    ['mg q s c', { verb: 'gets' }],
    ['mg  q   v  q ', { verb: 'get', key: 'q', quiet: true }],
    ['mg q/open/t=10 v', { verb: 'get', key: 'q/open/t=10' }],
    ['mg q/close', { verb: 'get', key: 'q/close' }],
  ])('%s', (line, expected) => {
    const wantsValue = line.includes(' v');
    expect(parse(`${line}\r\n`)).toMatchObject([{ key: 'q', meta: { name: 'mg', wantsValue }, ...expected }]);
  });

  it('reads back every request, however it arrives and whatever is around it', () => {
    const flags = someOf(
      ...shared,
      fc.constant('v'),
      ...['c', 'f', 's'].map((flag) => fc.constant(flag)),
      int32.map((seconds) => `T${seconds}`),
    ).filter((flags) => flags.includes('v') || !flags.some((flag) => flag.startsWith('T')));
    fc.assert(
      fc.property(fc.array(fc.tuple(queue, flags)), places, (requests, places) => {
        const text = requests
          .map(([key, flags]) => `${['mg', key, ...flags].join(' ')}\r\nget ${key}\r\n`)
          .join('');
        const commands = parse(text, places);
        expect(commands).toHaveLength(requests.length * 2);
        for (const [i, [key, flags]] of requests.entries()) {
          const leases = flags.some((flag) => flag.startsWith('T'));
          expect(commands[2 * i]).toMatchObject({
            verb: (leases ? 'gat' : 'get') + (flags.includes('c') ? 's' : ''),
            key,
            exptime: numberOf(flags, 'T'),
            quiet: flags.includes('q'),
            problem: undefined,
            meta: { name: 'mg', wantsValue: flags.includes('v') },
          });
          expect(commands[2 * i + 1]).toMatchObject({
            verb: 'get',
            key,
            meta: undefined,
          });
        }
      }),
    );
  });

  it.each([
    ['mg q v', 'VA 2\r\nhi\r\n', 'EN\r\n'],
    ['mg q s k v Oabc f c', 'VA 2 s2 kq Oabc f7 c42\r\nhi\r\n', 'EN kq Oabc\r\n'],
    ['mg q f k O', 'HD f7 kq O\r\n', 'EN kq O\r\n'],
    ['mg q', 'HD\r\n', 'EN\r\n'],
    ['mg q v k O1 q', 'VA 2 kq O1\r\nhi\r\n', ''],
    ['mg q/open/info v k', 'VA 2 kq/open/info\r\nhi\r\n', 'EN kq/open/info\r\n'],
    ['mg Zm9v b k v O2', 'VA 2 kZm9v b O2\r\nhi\r\n', 'EN kZm9v b O2\r\n'],
    ['mg Zm9v O2 k b', 'HD O2 kZm9v b\r\n', 'EN O2 kZm9v b\r\n'],
    ['mg Zm9v b v', 'VA 2\r\nhi\r\n', 'EN\r\n'],
  ])('%s is answered as memcached does', (line, hit, miss) => {
    expect(readReply(line, messageOf('hi'))).toBe(hit);
    expect(readReply(line, undefined)).toBe(miss);
  });

  it('counts the info line into the size', () => {
    expect(readReply('mg q/info s v', messageOf('hi', { preface: '{"id":"1"}\n' }))).toBe(
      'VA 13 s13\r\n{"id":"1"}\nhi\r\n',
    );
  });

  it('answers any body and any flags, in the order of the request', () => {
    const asked = someOf(
      ...['v', 'c', 'f', 's', 'k'].map((flag) => fc.constant(flag)),
      opaque.map((token) => `O${token}`),
    );
    const bytes = fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(queue, asked, bytes, uint32, fc.maxSafeNat(), (key, asked, body, flags, cas) => {
        const told: Record<string, string> = {
          c: `c${cas}`,
          f: `f${flags}`,
          s: `s${body.length}`,
          k: `k${key}`,
        };
        const words = asked.filter((flag) => flag !== 'v').map((flag) => told[flag] ?? flag);
        const isValue = asked.includes('v');
        const expected = [...(isValue ? ['VA', body.length] : ['HD']), ...words].join(' ');
        const reply = readReply(['mg', key, ...asked].join(' '), messageOf(body, { flags, cas }));
        expect(reply).toBe(isValue ? `${expected}\r\n${body}\r\n` : `${expected}\r\n`);
      }),
    );
  });

  it('says HD to a touch and EN where there is nothing to touch', () => {
    expect(statusReply('mg q T60 k O5\r\n', 'touched')).toBe('HD kq O5\r\n');
    expect(statusReply('mg q T60 q\r\n', 'touched')).toBe('HD\r\n');
    expect(statusReply('mg q T60 k O5\r\n', 'not_found')).toBe('EN kq O5\r\n');
    expect(statusReply('mg q T60 q\r\n', 'not_found')).toBe('');
  });

  it('never takes by accident what it does not show', () => {
    expect(refusalOf('mg q/open\r\n')).toBe('CLIENT_ERROR option "open" needs the flag "v"\r\n');
    for (const flag of ['c', 'f', 's']) {
      expect(refusalOf(`mg q T60 ${flag}\r\n`)).toBe(
        `CLIENT_ERROR flag "${flag}" needs the flag "v" when there is a "T"\r\n`,
      );
    }
    expect(refusalOf('mg q vT60\r\n')).toBe('CLIENT_ERROR flag "v" takes no token\r\n');
  });
});

describe('ms', () => {
  it.each([
    ['ms q 2', { verb: 'set', flags: 0, exptime: 0 }],
    ['ms q 2 F4294967295 T-1', { verb: 'set', flags: 4294967295, exptime: -1 }],
    ['ms q 2 ME', { verb: 'add' }],
    ['ms q 2 Me', { verb: 'add' }],
    ['ms q 2 MA', { verb: 'append' }],
    ['ms q 2 Ma', { verb: 'append' }],
    ['ms q 2 MP', { verb: 'prepend' }],
    ['ms q 2 Mp', { verb: 'prepend' }],
    ['ms q 2 MR', { verb: 'replace' }],
    ['ms q 2 Mr', { verb: 'replace' }],
    ['ms q 2 MS', { verb: 'set' }],
    ['ms q 2 Ms q', { verb: 'set', quiet: true }],
    ['ms q/fail 2', { verb: 'set', key: 'q/fail' }],
  ])('%s', (line, expected) => {
    expect(parse(`${line}\r\nhi\r\nmn\r\n`)).toMatchObject([
      {
        key: 'q',
        body: 'hi',
        cas: 0,
        meta: { name: 'ms', wantsValue: false },
        ...expected,
      },
      { verb: 'noop' },
    ]);
  });

  it('reads back every store, with any body, however it arrives', () => {
    const flags = someOf(
      ...shared,
      fc.constant('c'),
      fc.constant('s'),
      uint32.map((flags) => `F${flags}`),
      int32.map((seconds) => `T${seconds}`),
      fc.constantFrom('E', 'A', 'P', 'R', 'S').map((mode) => `M${mode}`),
    );
    const verbs: Record<string, string> = { ME: 'add', MA: 'append', MP: 'prepend', MR: 'replace' };
    fc.assert(
      fc.property(fc.array(fc.tuple(queue, flags, body), { maxLength: 5 }), places, (stores, places) => {
        const data = stores.map(([key, flags, body]) =>
          Buffer.concat([
            Buffer.from(`${['ms', key, body.length, ...flags].join(' ')}\r\n`, 'latin1'),
            body,
            Buffer.from('\r\n'),
          ]),
        );
        expect(parseChunks(cut(Buffer.concat(data), places))).toMatchObject(
          stores.map(([key, flags, body]) => ({
            verb: flags.map((flag) => verbs[flag]).find((verb) => verb !== undefined) ?? 'set',
            key,
            flags: numberOf(flags, 'F'),
            exptime: numberOf(flags, 'T'),
            quiet: flags.includes('q'),
            body: body.toString('latin1'),
            problem: undefined,
          })),
        );
      }),
    );
  });

  it('answers what was asked for, with every result', () => {
    const line = 'ms q 2 c O9 k s\r\nhi\r\n';
    expect(statusReply(line, 'stored', 42)).toBe('HD c42 O9 kq s2\r\n');
    expect(statusReply(line, 'stored')).toBe('HD c0 O9 kq s2\r\n');
    expect(statusReply(line, 'not_stored')).toBe('NS c0 O9 kq s2\r\n');
    expect(statusReply(line, 'exists')).toBe('EX c0 O9 kq s2\r\n');
    expect(statusReply('ms Zm9v 2 b k O1\r\nhi\r\n', 'stored')).toBe('HD kZm9v b O1\r\n');
    expect(statusReply('ms q 2\r\nhi\r\n', 'stored')).toBe('HD\r\n');
  });

  it('is silent with q about success only', () => {
    expect(statusReply('ms q 2 q k\r\nhi\r\n', 'stored')).toBe('');
    expect(statusReply('ms q 2 q k\r\nhi\r\n', 'not_stored')).toBe('NS kq\r\n');
    expect(refusalOf('ms q 2 q F\r\nhi\r\n')).toMatch(/^CLIENT_ERROR flag "F"/);
    const quiet = commandOf('ms q 2 q\r\nhi\r\n');
    const full = new Problem('full', 'queue is full');
    expect(bytesOf(textEncoder.problem(quiet, full))).toBe(
      'SERVER_ERROR out of memory storing object: queue is full\r\n',
    );
  });

  it('changes no message, and says so', () => {
    expect(refusalOf('ms q 2 C5\r\nhi\r\n')).toBe(
      'CLIENT_ERROR flag "C" is not supported with ms: a message in a queue is never changed\r\n',
    );
  });

  it('drops the body of a line that it refuses', () => {
    const line = fc.constantFrom(
      'ms q # Z',
      'ms q # k k',
      'ms q # C1',
      'ms q # F-1',
      'ms q # T',
      'ms !x # b',
    );
    const bodies = fc.constantFrom('flush_all', 'md q', 'md q\r\nflush_all', '');
    fc.assert(
      fc.property(line, bodies, fc.constantFrom('', ' q'), places, (line, body, quiet, places) => {
        const text = `${line.replace('#', String(body.length))}${quiet}\r\n${body}\r\nmn\r\n`;
        const commands = parse(text, places);
        expect(commands).toMatchObject([{ problem: { kind: 'client', fatal: false } }, { verb: 'noop' }]);
      }),
    );
  });

  it('treats a body that is not what the line said as set does', () => {
    expect(parse('ms q 1 q\r\nflush_all\r\nmn\r\n', [12])).toMatchObject([
      { quiet: true, refusal: 'CLIENT_ERROR bad data chunk\r\n' },
      { verb: 'noop' },
    ]);
    const large = 'flush_all\r\n'.repeat(20);
    expect(parse(`ms q ${large.length} q\r\n${large}\r\nmn\r\n`, [20, 50])).toMatchObject([
      { quiet: true, refusal: 'SERVER_ERROR object too large for cache\r\n' },
      { verb: 'noop' },
    ]);
    for (const length of ['', '-1', 'x', '2147483648', '1e2']) {
      const commands = parse(`ms q ${length}\r\nmn\r\n`);
      expect(commands).toMatchObject([{ problem: { text: 'bad data chunk', fatal: true } }]);
    }
  });
});

describe('md', () => {
  it('drops a queue, and with a token only that lease', () => {
    expect(parse('md q\r\n')).toMatchObject([{ verb: 'delete', key: 'q', cas: 0, meta: { name: 'md' } }]);
    expect(parse('md q C17 q\r\n')).toMatchObject([{ verb: 'delete', key: 'q', cas: 17, quiet: true }]);
  });

  it('never drops the queue where a token was meant', () => {
    const tokens = fc.oneof(
      fc.stringMatching(/^0{0,5}$/),
      word.filter((text) => !/^\d+$/.test(text)),
      fc.bigInt({ min: 2n ** 64n }).map(String),
    );
    fc.assert(
      fc.property(tokens, (token) => {
        expect(refusalOf(`md q C${token}\r\n`)).toBe('CLIENT_ERROR flag "C" needs the token of a lease\r\n');
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), (token) => {
        expect(parse(`md q C${token}\r\n`)).toMatchObject([{ verb: 'delete', cas: Number(token) }]);
        // What cannot be a token of ours must not become one by rounding.
        if (token >= 2n ** 53n) expect(Number(token)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
      }),
    );
  });

  it('answers as memcached does: q hides the success, but not that nothing was there', () => {
    expect(statusReply('md q\r\n', 'deleted')).toBe('HD\r\n');
    expect(statusReply('md q k O7\r\n', 'deleted')).toBe('HD kq O7\r\n');
    expect(statusReply('md q k O7 q\r\n', 'deleted')).toBe('');
    expect(statusReply('md q k O7 q\r\n', 'not_found')).toBe('NF kq O7\r\n');
    expect(statusReply('md Zm9v k b O3\r\n', 'not_found')).toBe('NF kZm9v b O3\r\n');
    expect(statusReply('md q k C5\r\n', 'exists')).toBe('EX kq\r\n');
  });
});

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
