import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeProxyHeader,
  type Found,
  type ProxyHeader,
  ProxyHeaderDecoder,
} from '../../../server/net/proxy-header.ts';
import { amount } from '../../helpers/amount.ts';

const RUNS = { numRuns: amount(300, 3000) };
const SIGNATURE = '0d0a0d0a000d0a515549540a';

const port = fc.integer({ min: 0, max: 65535 });
const ipv4 = fc.record({ address: fc.ipV4(), port });
/** As node writes them. */
const ipv6 = fc.record({
  address: fc.ipV6().map((text) => new URL(`http://[${text}]`).hostname.slice(1, -1)),
  port,
});
const ends = fc.oneof(
  fc.record({ client: ipv4, local: ipv4 }),
  fc.record({ client: ipv6, local: ipv6 }),
  fc.record({ client: ipv4, local: ipv6 }),
  fc.constant({ client: undefined, local: undefined }),
);
const anyHeader: fc.Arbitrary<ProxyHeader> = fc
  .record({
    ends,
    purpose: fc.constantFrom('memcache' as const, 'http' as const),
    receiver: fc.string({ unit: 'grapheme', maxLength: 40 }),
  })
  .map(({ ends, ...rest }) => ({ ...ends, ...rest }));

/** Pushes bytes in pieces that end at these places; what was found, and how much had been pushed by then. */
function decode(bytes: Buffer, cuts: readonly number[] = []): { found: Found | undefined; pushed: number } {
  const decoder = new ProxyHeaderDecoder();
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let pushed = 0;
  for (const end of [...ends, bytes.length]) {
    const found = decoder.push(bytes.subarray(pushed, end));
    pushed = end;
    if (found !== undefined) return { found, pushed };
  }
  return { found: undefined, pushed };
}

function refusal(hex: string): string | undefined {
  const { found } = decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  return found !== undefined && 'refusal' in found ? found.refusal : undefined;
}

/** Of a header with these bytes behind the signature. */
function headerOf(hex: string): ProxyHeader | undefined {
  const { found } = decode(Buffer.from(`${SIGNATURE}${hex.replaceAll(' ', '')}`, 'hex'));
  return found !== undefined && 'header' in found ? found.header : undefined;
}

describe('a header', () => {
  it('is read as it was written, cut in any places, and what is behind it is left', () => {
    fc.assert(
      fc.property(anyHeader, fc.uint8Array({ maxLength: 50 }), fc.array(fc.nat()), (header, behind, cuts) => {
        const { found, pushed } = decode(Buffer.concat([encodeProxyHeader(header), behind]), cuts);
        if (found === undefined || !('header' in found)) throw new Error(JSON.stringify(found));
        const { client, local, purpose, receiver } = found.header;
        expect([client?.port, local?.port, purpose, receiver]).toEqual([
          ...[header.client?.port, header.local?.port],
          ...[header.purpose, header.receiver],
        ]);
        expect(encodeProxyHeader(found.header)).toEqual(encodeProxyHeader(header));
        const length = encodeProxyHeader(header).length;
        expect(found.rest).toEqual(Buffer.from(behind.subarray(0, pushed - length)));
      }),
      RUNS,
    );
  });

  it('is not found before its last byte', () => {
    fc.assert(
      fc.property(anyHeader, (header) => {
        const bytes = encodeProxyHeader(header);
        const decoder = new ProxyHeaderDecoder();
        for (const byte of bytes.subarray(0, -1)) expect(decoder.push(Buffer.from([byte]))).toBeUndefined();
        expect(decoder.push(bytes.subarray(-1))).toMatchObject({ header: { purpose: header.purpose } });
      }),
      { numRuns: 30 },
    );
  });

  it('has the bytes that the specification says', () => {
    const client = { address: '192.0.2.7', port: 0x1234 };
    const local = { address: '198.51.100.1', port: 22201 };
    const bytes = encodeProxyHeader({ client, local, purpose: 'http', receiver: 'me' });
    expect(bytes.toString('hex')).toBe(
      `${SIGNATURE}21110018c0000207c6336401123456b9e0000468747470e100026d65`,
    );
    const far = { client: { address: '2001:db8::7', port: 1 }, local: { address: '::1', port: 2 } };
    expect(encodeProxyHeader({ ...far, purpose: 'memcache', receiver: '' }).toString('hex')).toBe(
      `${SIGNATURE}21210032${'20010db8000000000000000000000007'}${'00000000000000000000000000000001'}00010002e000086d656d6361636865e10000`,
    );
  });

  it.each([
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('of a client at %s says %s', (address, shown) => {
    for (const other of ['::ffff:127.0.0.1', '127.0.0.1', '::2']) {
      const written = { client: { address, port: 1 }, local: { address: other, port: 2 } };
      const { found } = decode(encodeProxyHeader({ ...written, purpose: 'memcache', receiver: '' }));
      expect(found).toMatchObject({ header: { client: { address: shown, port: 1 }, local: { port: 2 } } });
    }
  });

  it('of a proxy that is not ours is read, with what it has besides', () => {
    // A checksum, an application protocol and a name, as HAProxy writes them.
    const fields = '03 0004 01020304  01 0002 6832  02 0003 666f6f';
    expect(headerOf(`2111 001e c0000207 c6336401 1234 56b9 ${fields}`)).toEqual({
      client: { address: '192.0.2.7', port: 0x1234 },
      local: { address: '198.51.100.1', port: 22201 },
      purpose: 'memcache',
      receiver: '',
    });
    // A check of its own; a local connection with addresses, which do not count; a unix socket.
    const unknown = { client: undefined, local: undefined, purpose: 'memcache', receiver: '' };
    expect(headerOf('2000 0000')).toEqual(unknown);
    expect(headerOf('2011 000c c0000207 c6336401 1234 56b9')).toEqual(unknown);
    expect(headerOf(`2131 00d8 ${'00'.repeat(216)}`)).toEqual(unknown);
  });
});

describe('what is no header', () => {
  it('is refused at the first byte that shows it', () => {
    fc.assert(
      fc.property(anyHeader, fc.nat({ max: 11 }), fc.integer({ min: 1, max: 255 }), (header, at, change) => {
        const bytes = encodeProxyHeader(header).subarray(0, at + 1);
        bytes[at]! ^= change;
        const decoder = new ProxyHeaderDecoder();
        expect(decoder.push(bytes.subarray(0, at))).toBeUndefined();
        expect(decoder.push(bytes.subarray(at))).toMatchObject({
          refusal: expect.stringContaining('signature'),
        });
      }),
      RUNS,
    );
  });

  it.each([
    ['text', '67657420 710d0a', /signature/],
    ['version 1', Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n').toString('hex'), /signature/],
    ['a binary request', `80${'00'.repeat(23)}`, /signature/],
    ['a version that does not exist', `${SIGNATURE}3111000c`, /version 3/],
    ['an unknown command', `${SIGNATURE}2211000c`, /command 2/],
    ['UDP', `${SIGNATURE}2112000c`, /family/],
    ['an unknown family', `${SIGNATURE}2141000c`, /family/],
    ['a length with no room for the addresses', `${SIGNATURE}2111000b`, /no room/],
    ['the same of IPv6', `${SIGNATURE}21210023`, /no room/],
    ['a length that is too much', `${SIGNATURE}2111ffff`, /65535 bytes/],
    ['a field that is cut off', `${SIGNATURE}2000 0004 e0 0002 68`, /cut off/],
    ['half a field', `${SIGNATURE}2000 0002 e0 00`, /cut off/],
    ['an unknown purpose', `${SIGNATURE}2000 0005 e0 0002 6869`, /purpose/],
  ])('%s', (_what, hex, why) => {
    expect(refusal(hex)).toMatch(why);
  });

  it('never throws, whatever comes', () => {
    const after = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(
        fc.oneof(
          after,
          after.map((bytes) => [...Buffer.from(SIGNATURE, 'hex'), ...bytes]),
        ),
        (bytes) => {
          decode(Buffer.from(bytes));
        },
      ),
      RUNS,
    );
  });
});
