import fc from 'fast-check';
import { Utils } from 'memjs';
import { expect, test } from 'vitest';
import { requestFrame } from '../../shared/memcache-request.ts';

test('a request is the same, byte for byte, as memjs builds it', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  const request = fc.record({
    opcode: fc.integer({ min: 0, max: 0xff }),
    key: fc.string({ unit: 'binary', maxLength: 250 }),
    extras: fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array)),
    value: fc.oneof(bytes, fc.string({ unit: 'binary' })),
    opaque: fc.integer({ min: 0, max: 0xffff_ffff }),
  });
  fc.assert(
    fc.property(request, ({ opcode, key, extras, value, opaque }) => {
      const ours = requestFrame(opcode, key, extras, value, opaque);
      expect(ours).toEqual(Utils.makeRequestBuffer(opcode, key, extras, value, opaque));
    }),
  );
});
