import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jobLine, readMessage } from '../../../consumer/foreign/messages.ts';

const INFO = { queue: 'q', id: '1', job: undefined, attempt: 1, enqueued: 0 };

it('writes any job as one line of JSON, with the same values', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.string({ unit: 'binary' }), (args, job) => {
      const line = jobLine('Worker', { method: 'work', args }, { ...INFO, job });
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(JSON.parse(line)).toEqual({
        ...INFO,
        enqueued: undefined,
        class: 'Worker',
        method: 'work',
        job,
        args,
      });
    }),
  );
});

it('writes integers with all their digits', () => {
  const line = jobLine(undefined, { method: 'work', args: [2n ** 64n, [-(2n ** 64n)]] }, INFO);
  expect(line).toContain('"args":[18446744073709551616, [-18446744073709551616]]');
});

it('reads any line', () => {
  const key = fc.constantFrom(
    'ok',
    'error',
    'trace',
    'discard',
    'result',
    'ready',
    'progress',
    'text',
    'id',
    'causes',
  );
  const line = fc.oneof(
    fc.string(),
    fc.string().map((text) => `{"${text}`),
    fc.dictionary(key, fc.jsonValue()).map((fields) => JSON.stringify(fields)),
  );
  fc.assert(
    fc.property(line, (line) => {
      const message = readMessage(line);
      if (message?.kind !== 'answer') return;
      expect(['done', 'failed', 'rejected']).toContain(message.result.kind);
      if (message.result.kind === 'done') expect(JSON.parse(line).ok).toBe(true);
      else expect(message.result.reason).toEqual(expect.any(String));
    }),
  );
});
