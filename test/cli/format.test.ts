import { describe, expect, it } from 'vitest';
import { age, bytes, count, cut, milliseconds, rate, since, visible, visibleJson } from '../../cli/format.ts';
import { queuePath } from '../../cli/queue-path.ts';

it.for([
  [0, '0s'],
  [0.9, '0s'],
  [12, '12s'],
  [60, '1m'],
  [61.5, '1m 1s'],
  [3599, '59m 59s'],
  [3600, '1h'],
  [90_061, '1d 1h'],
  [86_400, '1d'],
] as const)('%d seconds are %s', ([seconds, text]) => {
  expect(age(seconds)).toBe(text);
});

it('a time is so long ago, or in so long', () => {
  const now = Date.parse('2026-11-20T12:00:00.000Z');
  expect(since('2026-11-20T11:58:30.000Z', now)).toBe('1m 30s');
  expect(since('2026-11-20T14:00:00.000Z', now)).toBe('in 2h');
  expect(since(null, now)).toBe('');
});

it('figures have what people read with them', () => {
  expect(count(1_234_567)).toBe('1,234,567');
  expect([bytes(999), bytes(1500), bytes(123_456), bytes(2e9)]).toEqual([
    '999 B',
    '1.5 kB',
    '123 kB',
    '2.0 GB',
  ]);
  expect([milliseconds(0.25), milliseconds(12.4), milliseconds(90_000)]).toEqual([
    '0.3 ms',
    '12 ms',
    '1m 30s',
  ]);
  expect([rate(0), rate(0.25), rate(1234.4)]).toEqual(['0', '0.3', '1,234']);
});

it('what is too long ends with a sign of that, in whole characters', () => {
  expect(cut('12345', 5)).toBe('12345');
  expect(cut('123456', 5)).toBe('1234…');
  expect(cut('😀😀😀', 2)).toBe('😀…');
});

describe('nothing of a client', () => {
  it.for([
    ['moves the cursor', 'a\u001b[2Jb', 'a\\u{1b}[2Jb'],
    ['does so with one character', 'a\u009b2Jb', 'a\\u{9b}2Jb'],
    ['turns the line around', 'a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
    ['is not seen', 'a\u200b\ufeff\u{e0041}b', 'a\\u{200b}\\u{feff}\\u{e0041}b'],
    ['is half a character', 'a\ud800b', 'a\\u{d800}b'],
    ['is another line or column', 'a\nb\tc\r', 'a\\nb\\tc\\r'],
  ])('%s', ([_what, text, shown]) => {
    expect(visible(text)).toBe(shown);
    const json = JSON.stringify({ text, more: [1] }, undefined, 2);
    expect(visible(visibleJson(json).replaceAll('\n', ''))).toBe(visibleJson(json).replaceAll('\n', ''));
    expect(JSON.parse(visibleJson(json))).toEqual({ text, more: [1] });
  });

  it('that is a letter is another', () => {
    expect(visible('grüße 王 😀 é')).toBe('grüße 王 😀 é');
  });
});

it('a queue stands in a path as its name, or as ~ and base64url where a URL would lose it', () => {
  expect(queuePath('mail:high')).toBe('/queues/mail%3Ahigh');
  expect(queuePath('grüße')).toBe('/queues/gr%C3%BC%C3%9Fe');
  expect(queuePath('~Z3LDvMOfZQ')).toBe('/queues/~Z3LDvMOfZQ');
  expect(queuePath('..')).toBe('/queues/~Li4');
});
