import { describe, expect, it } from 'vitest';
import { aroundMatch, matchesIn } from '../../../dashboard/format/matches.ts';

const shown = (text: string, match: string) =>
  matchesIn(text, match)
    .map(({ text: part, isMatch }) => (isMatch ? `<${part}>` : part))
    .join('');

describe('matches in a text', () => {
  it.each([
    ['sendMail(1) sendMail(2)', 'sendMail', '<sendMail>(1) <sendMail>(2)'],
    ['aaa', 'a', '<a><a><a>'],
    ['aXa', 'x', 'aXa'],
    ['.*', '.', '<.>*'],
    ['ab', '', 'ab'],
    ['', 'a', ''],
    ['\u202Eabc', 'b', '\u202Ea<b>c'],
  ])('%j for %j', (text, match, expected) => {
    expect(shown(text, match)).toBe(expected);
  });

  it('lose nothing of a text that has very many', () => {
    const text = 'ab'.repeat(10_000);
    const parts = matchesIn(text, 'b');
    expect(parts.map((part) => part.text).join('')).toBe(text);
    expect(parts.length).toBeLessThan(100);
  });

  it('are seen where they are far behind', () => {
    const text = `${'x'.repeat(500)}here`;
    expect(aroundMatch(text, 'here')).toBe(`…${'x'.repeat(40)}here`);
    expect(aroundMatch('here', 'here')).toBe('here');
    expect(aroundMatch('x'.repeat(500), 'none')).toBe('x'.repeat(500));
  });
});
