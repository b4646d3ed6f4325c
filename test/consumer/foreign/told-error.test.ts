import fc from 'fast-check';
import { expect, it } from 'vitest';
import { reasonOfErrors } from '../../../consumer/foreign/told-error.ts';
import { MAX_ERROR_BYTES } from '../../../shared/limits.ts';

const line = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .map((text) => text.replace(/\s/g, '_'));
const frame = fc
  .record({ name: line, at: fc.nat({ max: 9999 }) })
  .map(({ name, at }) => `/${name}.php:${at}`);
const error = fc.record({
  message: fc
    .record({ text: line, times: fc.nat({ max: 300 }) })
    .map(({ text, times }) => text + text.repeat(times)),
  trace: fc.array(frame, { maxLength: 60 }).map((frames) => frames.join('\n')),
});

it('says all of errors that have room', () => {
  const errors = [
    { message: 'not saved', trace: '/a:1\n/a:2' },
    { message: 'no route', trace: '' },
    { message: 'refused', trace: '/c:1' },
  ];
  expect(reasonOfErrors(errors)).toBe(
    'not saved\ncaused by no route\ncaused by refused\n/a:1\n/a:2\ncaused at /c:1',
  );
});

it('has no more bytes than the server keeps, and keeps something of the error, its place and its root', () => {
  fc.assert(
    fc.property(fc.array(error, { minLength: 1, maxLength: 8 }), (errors) => {
      const reason = reasonOfErrors(errors);
      expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(MAX_ERROR_BYTES);
      const [first] = errors;
      const root = errors.at(-1)!;
      const lines = reason.split('\n');
      expect(first.message.startsWith(lines[0])).toBe(true);
      expect(lines[0].length).toBeGreaterThanOrEqual(Math.min(first.message.length, 100));
      const [place] = first.trace.split('\n');
      if (place !== '') expect(lines).toContain(place);
      if (errors.length === 1) return;
      const beginning = root.message.slice(0, 100);
      expect(lines.some((text) => text.startsWith(`caused by ${beginning}`))).toBe(true);
      const [rootPlace] = root.trace.split('\n');
      if (rootPlace !== '') expect(lines).toContain(`caused at ${rootPlace}`);
    }),
  );
});

it.each(['/a:1', '/ab:1'])('loses no room to an error that has no trace: %s', (trace) => {
  const errors = [
    { message: 'x'.repeat(5000), trace },
    { message: 'y'.repeat(5000), trace: '' },
  ];
  expect(reasonOfErrors(errors).split('\n').at(-1)).toBe(trace);
});

it('cuts between characters, and behind whole lines of a trace', () => {
  const frames = Array.from({ length: 1000 }, (_, i) => `/${'ü'.repeat(20)}:${i}`);
  const reason = reasonOfErrors([{ message: '哈'.repeat(5000), trace: frames.join('\n') }]);
  expect(reason).not.toContain('\ufffd');
  const [message, ...places] = reason.split('\n');
  expect(message).toMatch(/^哈{600,}$/);
  expect(places.length).toBeGreaterThan(30);
  expect(places).toEqual(frames.slice(0, places.length));
});
