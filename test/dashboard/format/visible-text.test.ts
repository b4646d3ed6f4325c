import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibleString, visibleText } from '../../../dashboard/format/visible-text.ts';

describe('a text that others wrote', () => {
  it.each([
    ['bidi controls', 'a\u202Eb\u2066c\u200F', 'a[U+202E]b[U+2066]c[U+200F]'],
    ['zero width', 'pay\u200Bpal\uFEFF\u2060', 'pay[U+200B]pal[U+FEFF][U+2060]'],
    ['controls', '\0\x1b[31m\x7f\x85\r', '[U+0000][U+001B][31m[U+007F][U+0085][U+000D]'],
    ['separators of lines', 'a\u2028b\u2029', 'a[U+2028]b[U+2029]'],
    ['a name of nothing but blanks', ' \u00A0\u3000\f', '[U+0020][U+00A0][U+3000][U+000C]'],
    ['half a pair', 'a\ud800b', 'a[U+D800]b'],
    ['tags beyond 16 bits', 'a\u{E0041}', 'a[U+E0041]'],
    ['letters without a shape', 'a\u3164\u115F', 'a[U+3164][U+115F]'],
  ])('shows %s', (_, text, shown) => expect(visibleString(text)).toBe(shown));

  it('stays as it is with line feeds, tabs, other scripts and emoji', () => {
    for (const text of ['a\n\tb', '数据 שלום مرحبا é', '👨‍👩‍👧 ❤️ 👍🏽']) {
      expect(visibleText(text)).toEqual([{ text, isMark: false }]);
    }
    expect(visibleText('')).toEqual([]);
  });

  it('tells a mark from the same letters', () => {
    expect(visibleText('[U+202E]\u202E')).toEqual([
      { text: '[U+202E]', isMark: false },
      { text: '[U+202E]', isMark: true },
    ]);
  });

  it('loses nothing: marks read backwards give the text', () => {
    const hostile = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\u202E', '\0', 'a'),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        const back = visibleText(text).map((each) => (each.isMark ? characterOf(each.text) : each.text));
        expect(back.join('')).toBe(text);
        expect(visibleString(text)).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B\0]/);
      }),
    );
  });
});

function characterOf(mark: string): string {
  return String.fromCodePoint(Number.parseInt(mark.slice(3, -1), 16));
}
