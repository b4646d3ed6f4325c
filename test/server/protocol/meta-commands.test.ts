import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../server/protocol/problem.ts';
import { textEncoder } from '../../../server/protocol/text-encoder.ts';
import { body, cut, int32, places, queue, uint32, word } from '../../helpers/parse.ts';
import {
  bytesOf,
  commandOf,
  messageOf,
  numberOf,
  opaque,
  parse,
  parseChunks,
  readReply,
  refusalOf,
  shared,
  someOf,
  statusReply,
} from './meta-lines.ts';

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
