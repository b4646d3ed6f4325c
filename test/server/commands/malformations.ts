import type { RequestFields } from '../../helpers/binary-client.ts';

/**
 * What is wrong with requests: every verb with every mistake. Rows that memq and memcached are both tried with, and so name a
 * key `victim` where harm could be done.
 */

/** What would do harm if it ran: the queue `victim` would be empty. */
export const HARM = 'flush_all\r\ndelete victim\r\nget victim\r\n';
const LONG = 'k'.repeat(251);

/** What is wrong with a line, and the words behind its verb. */
export type Malformation = readonly [what: string, words: string];

export interface Storage {
  readonly verb: string;
  /** The words of a line that is right, behind the key; LENGTH is the body's. */
  readonly words: readonly string[];
}

export const STORAGE: readonly Storage[] = [
  ...['set', 'add', 'replace', 'append', 'prepend'].map((verb) => ({ verb, words: ['0', '0', 'LENGTH'] })),
  { verb: 'cas', words: ['0', '0', 'LENGTH', '7'] },
  { verb: 'ms', words: ['LENGTH'] },
];

/** Lines of which nobody knows where the body ends. */
export function uncertain({ verb, words }: Storage): Malformation[] {
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
export function certain({ verb, words }: Storage): Malformation[] {
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
export const LINES: readonly (readonly [verb: string, malformations: readonly Malformation[]])[] = [
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

/** Bodies of another length than 5. */
export const BODIES: readonly (readonly [what: string, body: string])[] = [
  ['a body that is too long', '123456'],
  ['a body that is too short', '1234'],
];

/** A binary request as it should be. */
export interface Packet {
  readonly name: string;
  readonly opcode: number;
  /** Bytes. */
  readonly extras: number;
  readonly key: string;
  readonly value: string;
}

/** BinaryProtocolRevamped: what each has of extras, key and value. */
export const PACKETS: readonly Packet[] = (
  [
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
  ] as const
).map(([name, opcode, extras, key, value]) => ({ name, opcode, extras, key, value }));

/** The same with one part that it should not have, or without one that it should. */
export function wrongParts({
  extras,
  key,
  value,
}: Packet): (readonly [what: string, parts: RequestFields])[] {
  const right = { extras: Buffer.alloc(extras), key, value };
  return [
    ['a byte of extras too many', { ...right, extras: Buffer.alloc(extras + 1) }],
    ...(extras > 0
      ? ([['a byte of extras too few', { ...right, extras: Buffer.alloc(extras - 1) }]] as const)
      : []),
    key === '' ? ['a key', { ...right, key: 'victim' }] : ['no key', { ...right, key: '' }],
    ...(value === '' ? ([['a value', { ...right, value: 'hello' }]] as const) : []),
  ];
}
