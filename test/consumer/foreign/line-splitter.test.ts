import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineSplitter } from '../../../consumer/line-splitter.ts';

/** What is handed on when `bytes` come in pieces that end at `cuts`. */
function split(bytes: Buffer, cuts: readonly number[], maxBytes: number): [string, boolean][] {
  const lines: [string, boolean][] = [];
  const splitter = new LineSplitter(maxBytes, (line, isCut) => lines.push([line, isCut]));
  const ends = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    splitter.push(bytes.subarray(start, end));
    start = end;
  }
  splitter.end();
  return lines;
}

const text = fc.array(fc.constantFrom('a', '\n', '\n', '\r', 'ü', '哈', '😀', '{"ok":true}'));

it('cuts at newlines, wherever the pieces end', () => {
  fc.assert(
    fc.property(text, fc.array(fc.nat()), (parts, cuts) => {
      const all = parts.join('');
      const lines = all.split('\n').map((line) => line.replace(/\r$/, ''));
      if (all === '' || all.endsWith('\n')) lines.pop();
      expect(split(Buffer.from(all), cuts, 1000).map(([line]) => line)).toEqual(lines);
    }),
  );
});

it('hands on the beginning of a line that is too long, once, and goes on behind it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 })), fc.array(fc.nat()), (lengths, cuts) => {
      const bytes = Buffer.from(lengths.map((length) => `${'x'.repeat(length)}\n`).join(''));
      const expected = lengths.map((length) => ['x'.repeat(Math.min(length, 10)), length > 10]);
      expect(split(bytes, cuts, 10)).toEqual(expected);
    }),
  );
});

it('hands on a line that is too long before it ends', () => {
  const lines: [string, boolean][] = [];
  const splitter = new LineSplitter(3, (line, isCut) => lines.push([line, isCut]));
  splitter.push(Buffer.from('ab'));
  splitter.push(Buffer.from('cd'));
  expect(lines).toEqual([['abc', true]]);
});
