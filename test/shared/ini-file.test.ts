import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../shared/errors.ts';
import { parseIni, type Section } from '../../shared/ini-file.ts';
import { Mistakes } from '../../shared/mistakes.ts';

type Plain = [name: string, entries: [key: string, value: string][]][];

function read(text: string): Plain {
  return plain(parseIni(Buffer.from(text), 'f.ini', (name) => name.startsWith('data')));
}

function plain(sections: readonly Section[]): Plain {
  return sections.map(({ name, entries }) => [name, [...entries].map(([key, { value }]) => [key, value])]);
}

describe('sections', () => {
  it('come in their order, with what is before the first', () => {
    expect(read('a = 1\n[z]\nb = 2\n[a]\n[10]\nc = 3')).toEqual([
      ['', [['a', '1']]],
      ['z', [['b', '2']]],
      ['a', []],
      ['10', [['c', '3']]],
    ]);
    expect(read('')).toEqual([['', []]]);
  });

  it('may have dots, brackets, colons, quotes and signs in their names', () => {
    for (const name of [
      'queue:mail.de*',
      'a.b.c',
      '.',
      'queue:[a-z]*',
      'a]b[',
      '"quoted"',
      'a;b#c',
      'a = b',
      'a\\.b',
      '__proto__',
      'constructor',
      '队列',
    ])
      expect(read(`[${name}]\nx = 1`)).toEqual([
        ['', []],
        [name, [['x', '1']]],
      ]);
  });

  it('know the lines they and their entries are on, whatever ends a line', () => {
    const [top, section] = parseIni(Buffer.from('\r\n\r\n; comment\ra = 1\n\n[s]\r\n\r\n  b = 2'), 'f.ini');
    expect([...top.entries]).toEqual([['a', { value: '1', line: 4 }]]);
    expect(section).toMatchObject({ name: 's', line: 6 });
    expect([...section.entries]).toEqual([['b', { value: '2', line: 8 }]]);
  });

  it.each([
    ['a section twice', '[a]\n[b]\n[a]', ':3: [a] is already on line 1'],
    ['a key twice in a section', '[a]\nx = 1\ny = 2\nx = 3', ':4: x is already set on line 2'],
    ['a section that does not end', 'x = 1\n[a', ':2: a section is written "[name]"'],
    ['something behind a section', '[a] ; b', ':1: a section is written "[name]"'],
    ['a section without a name', '[ ]', ':1: a section is written "[name]"'],
    ['a line of data without a name', '[data]\n= 1', ':2: expected "name = data"'],
    ['a line of data without =', '[data]\nx', ':2: expected "name = data"'],
    ['a line of data twice', '[data]\nx = 1\nx = 1', ':3: x is already set on line 2'],
    ['a control character', '[a]\nx = "a\\tb"', ':2: x has a control character'],
  ])('are refused for %s, saying where', (_, text, message) => {
    expect(() => read(text)).toThrow(ConfigError);
    expect(() => read(text)).toThrow(`f.ini${message}`);
  });

  it('are refused for all mistakes at once', () => {
    expect(() => read('a\n[s]\nx = 1\nx = 2\n[s]\nx = 3\n')).toThrow(
      /^f\.ini:1: expected "key = value"\nf\.ini:4: x is already set on line 3\nf\.ini:5: \[s\] is already on line 2$/,
    );
  });

  it('are read as far as they are right where mistakes are collected', () => {
    const mistakes = new Mistakes('f.ini');
    const sections = parseIni(Buffer.from('a\nb = 1\n[s\nb = 2\n[t]\nc = "'), 'f.ini', undefined, mistakes);
    expect(plain(sections)).toEqual([
      ['', [['b', '1']]],
      ['t', []],
    ]);
    expect(sections.map(({ unread }) => [...unread])).toEqual([['a'], ['c']]);
    expect(() => mistakes.throwIfAny()).toThrow(/^f\.ini:1: .*\nf\.ini:3: .*\nf\.ini:6: /);
  });

  it('are read without the lines that are not UTF-8, of which the keys are known', () => {
    const mistakes = new Mistakes('f.ini');
    const bytes = Buffer.from('a = \xe9\nb = 1\n[s]\nc = \xff', 'latin1');
    const sections = parseIni(bytes, 'f.ini', undefined, mistakes);
    expect(plain(sections)).toEqual([
      ['', [['b', '1']]],
      ['s', []],
    ]);
    expect(sections.map(({ unread }) => [...unread])).toEqual([['a'], ['c']]);
    expect(() => mistakes.throwIfAny()).toThrow(/^f\.ini:1: .* not UTF-8.*\nf\.ini:4: .* not UTF-8/);
  });

  it('may have single keys that are data', () => {
    const isData = (section: string, key: string) => section === 's' && key === 'run';
    const [top, section] = parseIni(Buffer.from('run = "a" ; b\n[s]\nrun = "a" ; b'), 'f.ini', isData);
    expect(top.entries.get('run')?.value).toBe('a');
    expect(section?.entries.get('run')?.value).toBe('"a" ; b');
  });

  it('keep keys apart that are the same in two of them', () => {
    expect(read('x = 1\n[a]\nx = 2\n[b]\nx = 3').flatMap(([, entries]) => entries)).toEqual([
      ['x', '1'],
      ['x', '2'],
      ['x', '3'],
    ]);
  });

  it('that are data have all that is behind the first = as it is', () => {
    const line = `0 3 * * *  q  f('a;b # c = "d"', 'C:\\new')`;
    expect(read(`[data]\nx = ${line}\n; y = 1\n# z = 1\n__proto__ = "1"\nempty =`)).toEqual([
      ['', []],
      [
        'data',
        [
          ['x', line],
          ['__proto__', '"1"'],
          ['empty', ''],
        ],
      ],
    ]);
  });
});

/** Any text on one line, as an editor would leave it. */
const line = (least: number) =>
  fc
    .string({ unit: 'binary', minLength: least, maxLength: 20 })
    .map((text) => text.replace(/[\r\n]/g, '.').trim())
    .filter((text) => text.length >= least);
const key = fc.stringMatching(/^[a-z][a-z_.-]{0,10}$/);
/** A value has no control characters. */
const value = fc
  .oneof(line(0), fc.string({ unit: fc.constantFrom(...'"\'\\;#=[]x'), maxLength: 6 }))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is not there
  .map((text) => text.replace(/[\0-\x1f\x7f]/g, '.'));
const dataKey = line(1).filter((text) => !/^[[;#]|=/.test(text));

const settings = fc.tuple(
  line(1).filter((name) => !name.startsWith('data')),
  fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 4 }),
);
const data = fc.tuple(
  line(0).map((name) => `data${name}`.trim()),
  fc.uniqueArray(fc.tuple(dataKey, line(0)), { selector: ([name]) => name, maxLength: 4 }),
);
const file = fc.uniqueArray(fc.oneof(settings, data), { selector: ([name]) => name, maxLength: 5 });

it('what is written comes back, with any names of sections', () => {
  fc.assert(
    fc.property(file, fc.constantFrom('\n', '\r\n', '\r'), (sections, end) => {
      const text = sections.flatMap(([name, entries]) => [
        `[${name}]`,
        ...entries.map(([key, value]) =>
          name.startsWith('data') ? `${key} = ${value}` : `${key} = ${JSON.stringify(value)}`,
        ),
      ]);
      expect(read(text.join(end))).toEqual([['', []], ...sections]);
    }),
  );
});

it('nonsense is read or refused with file and line, and nothing else', () => {
  const lines = fc.array(
    fc.oneof(line(0), fc.string({ unit: fc.constantFrom(...'[]="\'\\;#.ax \t'), maxLength: 12 })),
  );
  fc.assert(
    fc.property(lines, (written) => {
      try {
        read(written.join('\n'));
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect((error as Error).message).toMatch(/^f\.ini:\d+: ./);
      }
    }),
  );
});
