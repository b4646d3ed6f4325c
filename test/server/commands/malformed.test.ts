import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';

const it = withServer(['--memory']);

/** What would do harm if it ran: the queue `victim` would be empty. */
const HARM = 'flush_all\r\ndelete victim\r\nget victim\r\n';
const LONG = 'k'.repeat(251);

/** What is wrong with a line, and the words behind its verb. */
type Malformation = readonly [what: string, words: string];

interface Storage {
  readonly verb: string;
  /** The words of a line that is right, behind the key; LENGTH is the body's. */
  readonly words: readonly string[];
}

const STORAGE: readonly Storage[] = [
  ...['set', 'add', 'replace', 'append', 'prepend'].map((verb) => ({ verb, words: ['0', '0', 'LENGTH'] })),
  { verb: 'cas', words: ['0', '0', 'LENGTH', '7'] },
  { verb: 'ms', words: ['LENGTH'] },
];

/** Lines of which nobody knows where the body ends. */
function uncertain({ verb, words }: Storage): Malformation[] {
  const line = words.join(' ');
  const length = words.indexOf('LENGTH');
  const withLength = (text: string) => words.with(length, text).join(' ');
  const isMeta = verb === 'ms';
  return [
    ['no words', ''],
    ['a key alone', 'q'],
    ['a blank in the key', `my key ${line}`],
    ['a length that is none', `q ${withLength('x')}`],
    ['a negative length', `q ${withLength('-1')}`],
    ['a length with a sign', `q ${withLength('+5')}`],
    ['a length with a fraction', `q ${withLength('5.0')}`],
    ['a length in hexadecimal', `q ${withLength('0x5')}`],
    ['a length that nobody can have', `q ${withLength('99999999999999999999')}`],
    ['a length of 2 GiB', `q ${withLength('2147483648')}`],
    ...(isMeta
      ? ([['a number where a flag belongs', 'my 2 20']] as const)
      : ([
          ['a word too few', `q ${words.slice(1).join(' ')}`],
          ['a word too many', `q ${line} 1`],
          ['flags that are none', `q ${words.with(0, 'x').join(' ')}`],
          ['an exptime that is none', `q ${words.with(1, 'x').join(' ')}`],
        ] as const)),
  ];
}

/** Lines that are wrong, but tell where the body ends. */
function certain({ verb, words }: Storage): Malformation[] {
  const line = words.join(' ');
  const common: Malformation[] = [
    ['a key that is too long', `${LONG} ${line}`],
    ['an option that there is not', `q/nonsense ${line}`],
    ['no name before the options', `/delay=1 ${line}`],
  ];
  if (verb === 'ms')
    return [...common, ['a flag that there is not', `q ${line} Z`], ['a flag twice', `q ${line} q q`]];
  return [
    ...common,
    ['flags that are too large', `q ${words.with(0, '4294967296').join(' ')}`],
    ['negative flags', `q ${words.with(0, '-1').join(' ')}`],
    ['an exptime that is too large', `q ${words.with(1, '9999999999999999').join(' ')}`],
  ];
}

/** Of the commands without a body. */
const LINES: readonly (readonly [verb: string, malformations: readonly Malformation[]])[] = [
  ...['delete', 'flush'].map((verb) => [verb, keyed('')] as const),
  ...['incr', 'decr', 'touch'].map(
    (verb) => [verb, [...keyed(' 10'), ['no number', 'victim'] as const]] as const,
  ),
  ['touch', [['a number that is none', 'victim x'] as const, ['a fraction', 'victim 10.5'] as const]],
  ['delete', [['a time', 'victim 10'] as const]],
  [
    'flush_all',
    [
      ['a delay that is none', 'x'],
      ['a word too many', '0 0'],
      ['a delay', '10'],
    ],
  ],
  [
    'verbosity',
    [
      ['no level', ''],
      ['a level that is none', 'x'],
      ['a word too many', '1 1'],
    ],
  ],
  ['md', [['no words', ''] as const, ['a flag that there is not', 'victim Z'] as const]],
  ['md', [['a CAS of 0', 'victim C0'] as const, ['a key that is no base64', 'vi!t b'] as const]],
  ['mg', [['no words', ''] as const, ['a flag that there is not', 'victim v Z'] as const]],
  ['ma', [['any words', 'victim'] as const]],
  ['me', [['any words', 'victim'] as const]],
  ['nonsense', [['any words', 'victim'] as const, ['no words', ''] as const]],
];

function keyed(rest: string): Malformation[] {
  return [
    ['no words', ''],
    ['a word too many', `victim${rest} 1 1`],
    ['a key that is too long', `${LONG}${rest}`],
    ['an option that there is not', `victim/nonsense${rest}`],
  ];
}

it.beforeEach(async ({ worker }) => {
  await worker.exchange('flush_all\r\n');
  await worker.set('victim', 'is here');
});

it.afterEach(async ({ worker }) => {
  expect(await worker.getText('victim/peek')).toBe('is here');
});

const ERROR = /^(ERROR|CLIENT_ERROR [^\r\n]+|SERVER_ERROR [^\r\n]+)\r\n$/;

describe.each(STORAGE)('$verb', (storage) => {
  const { verb } = storage;

  it.for(uncertain(storage))(
    'with %s ends the connection, and runs nothing of what follows',
    async ([, words], { client }) => {
      client.send(`${verb} ${words.replace('LENGTH', '5')}\r\n${HARM}mn\r\n`);
      const answer = (await client.rest()).toString('latin1');
      expect(answer).toMatch(ERROR);
    },
  );

  it.for(uncertain(storage))('with %s and noreply says nothing', async ([, words], { client }) => {
    client.send(`${verb} ${words.replace('LENGTH', '5')} noreply\r\n${HARM}mn\r\n`);
    expect((await client.rest()).toString('latin1')).toBe('');
  });

  it.for(certain(storage))('with %s passes over the body', async ([, words], { client }) => {
    const line = `${verb} ${words.replace('LENGTH', String(HARM.length))}`;
    expect(`${await client.exchange(`${line}\r\n${HARM}\r\n`)}\r\n`).toMatch(ERROR);
    expect(await client.exchange(`${line} noreply\r\n${HARM}\r\n`)).toBe('');
  });

  it('with a body that is too long or too short is refused, and silent with noreply', async ({ client }) => {
    const line = `${verb} q ${storage.words.join(' ').replace('LENGTH', '5')}`;
    for (const body of ['123456', '1234']) {
      expect(await client.exchange(`${line}\r\n${body}\r\n`), body).toBe('CLIENT_ERROR bad data chunk');
      expect(await client.exchange(`${line} noreply\r\n${body}\r\n`), body).toBe('');
    }
  });
});

describe.each(LINES)('%s', (verb, malformations) => {
  it.for(malformations)('with %s is refused, and does nothing', async ([, words], { client }) => {
    expect(`${await client.exchange(`${verb} ${words}\r\n`)}\r\n`).toMatch(ERROR);
  });

  it.for(malformations)('with %s and noreply is silent', async ([, words], { client }) => {
    expect(await client.exchange(`${verb} ${words} noreply\r\n`)).toBe('');
  });
});

describe('noreply', () => {
  it('is silent where all is right, too', async ({ client }) => {
    for (const verb of ['set', 'add', 'append', 'prepend', 'replace'])
      expect(await client.exchange(`${verb} q 0 0 1 noreply\r\nx\r\n`), verb).toBe('');
    for (const line of ['touch q 10', 'flush q', 'delete q', 'verbosity 1', 'incr q 1'])
      expect(await client.exchange(`${line} noreply\r\n`), line).toBe('');
  });

  it('means nothing where all that is wanted is the answer', async ({ client }) => {
    expect(await client.exchange('version noreply\r\n')).toMatch(/^VERSION /);
    expect(await client.exchange('stats noreply\r\n')).toMatch(/^CLIENT_ERROR /);
  });

  it('is a key where a get has it', async ({ client }) => {
    await client.set('noreply', 'mail');
    expect(await client.exchange('gets other noreply\r\n')).toMatch(/^VALUE noreply 0 4 \d+\nmail\nEND$/);
    expect(await client.exchange('get noreply\r\n')).toBe('END');
  });
});

describe('a line that ends in LF alone', () => {
  it('has a body that does so, or one that ends in CRLF', async ({ client }) => {
    expect(await client.exchange('set q 0 0 2\nhi\nset q 0 0 2\nho\r\nget q q\n')).toBe(
      'STORED\nSTORED\nVALUE q 0 2\nhi\nVALUE q 0 2\nho\nEND',
    );
  });

  it.for([
    ['negative flags', 'set a -1 0 5\nhello\n', /^CLIENT_ERROR [^\n]+$/],
    ['a body that is too large', `set a 0 0 2000000\n${'x'.repeat(2_000_000)}\n`, /^SERVER_ERROR [^\n]+$/],
    ['the same and noreply', `set a 0 0 2000000 noreply\n${'x'.repeat(2_000_000)}\n`, /^$/],
    ['a flag that there is not', 'ms a 5 X\nhello\n', /^CLIENT_ERROR [^\n]+$/],
  ] as const)('is in step behind what is refused: %s', async ([, refused, answer], { client }) => {
    const rest = 'set q 0 0 9\nflush_all\nget q\n';
    const answers = (await client.exchange(refused + rest)).split('\n');
    expect(answers.splice(-4)).toEqual(['STORED', 'VALUE q 0 9', 'flush_all', 'END']);
    expect(answers.join('\n')).toMatch(answer);
  });
});

/** BinaryProtocolRevamped: opcode, and the bytes of extras and whether it has a key and a value, as they should be. */
const PACKETS: readonly (readonly [
  name: string,
  opcode: number,
  extras: number,
  key: string,
  value: string,
])[] = [
  ['GET', 0x00, 0, 'victim', ''],
  ['SET', 0x01, 8, 'victim', 'x'],
  ['ADD', 0x02, 8, 'victim', 'x'],
  ['REPLACE', 0x03, 8, 'victim', 'x'],
  ['DELETE', 0x04, 0, 'victim', ''],
  ['INCR', 0x05, 20, 'victim', ''],
  ['QUIT', 0x07, 0, '', ''],
  ['FLUSH', 0x08, 4, '', ''],
  ['GETQ', 0x09, 0, 'victim', ''],
  ['NOOP', 0x0a, 0, '', ''],
  ['VERSION', 0x0b, 0, '', ''],
  ['GETK', 0x0c, 0, 'victim', ''],
  ['APPEND', 0x0e, 0, 'victim', 'x'],
  ['PREPEND', 0x0f, 0, 'victim', 'x'],
  ['DELETEQ', 0x14, 0, 'victim', ''],
  ['FLUSHQ', 0x18, 4, '', ''],
  ['VERBOSITY', 0x1b, 4, '', ''],
  ['TOUCH', 0x1c, 4, 'victim', ''],
  ['GAT', 0x1d, 4, 'victim', ''],
  ['GATQ', 0x1e, 4, 'victim', ''],
];

describe.each(PACKETS)('binary %s', (_, opcode, extras, key, value) => {
  it('with parts that it does not have is refused, and does nothing', async ({ binary }) => {
    const right = { extras: Buffer.alloc(extras), key, value };
    const wrong = [
      { ...right, extras: Buffer.alloc(extras + 1) },
      ...(extras > 0 ? [{ ...right, extras: Buffer.alloc(extras - 1) }] : []),
      { ...right, key: key === '' ? 'victim' : '' },
      ...(value === '' ? [{ ...right, value: 'hello' }] : []),
    ];
    for (const packet of wrong) expect((await binary.ask(opcode, packet)).status).toBe(4);
  });
});
