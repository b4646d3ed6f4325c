import fc from 'fast-check';
import { expect } from 'vitest';
import { Connection } from '../../shared/memcache.ts';
import { requestFrame, requestFrames } from '../../shared/memcache-request.ts';
import { withServer } from '../fixtures/server.ts';
import { answer, BadServer, LONG_MS } from '../helpers/bad-server.ts';

const it = withServer();

it('requests of one kind are those that are made one by one, each with its number and its CAS', () => {
  const cas = fc.array(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { maxLength: 20 });
  fc.assert(
    fc.property(cas, fc.integer({ min: 0, max: 0xffff_ffff }), (tokens, first) => {
      const extras = Buffer.of(1, 2, 3, 4);
      const one = tokens.map((token, index) => {
        const frame = requestFrame(0x14, 'q', extras, '', (first + index) >>> 0);
        frame.writeBigUInt64BE(BigInt(token), 16);
        return frame;
      });
      const together = requestFrames(0x14, 'q', extras, tokens.length, (index) => tokens[index]!, first);
      expect(together).toEqual(Buffer.concat(one));
    }),
  );
});

it('takes what there is, and says which of the leases were not there to be ended', async ({
  server,
  client,
}) => {
  using connection = open(server.port);
  for (let i = 0; i < 5; i++) await client.set('q', `body ${i}`);
  const [three, rest] = await Promise.all([connection.leases('q', 60, 3), connection.leases('q', 60, 10)]);
  const bodies = [...three, ...rest].map(({ value }) => value.toString());
  expect(bodies).toEqual(['body 0', 'body 1', 'body 2', 'body 3', 'body 4']);
  expect(three).toHaveLength(3);
  expect(await connection.leases('q', 60, 10)).toEqual([]);

  const tokens = [...three, ...rest].map(({ token }) => token);
  const [first, ...others] = tokens;
  expect(await connection.endLeases('q', [first!])).toEqual([]);
  // What is asked beside it has its own answer.
  const [refused, value] = await Promise.all([
    connection.endLeases('q', [others[0]!, first!, ...others.slice(1)]),
    connection.get('q'),
  ]);
  expect(refused).toEqual([1]);
  expect(value).toBeUndefined();
  expect(await connection.endLeases('q', tokens)).toEqual([0, 1, 2, 3, 4]);
});

it('what came before the connection was lost is ours all the same', async () => {
  const item = Buffer.concat([answer(0x1e, 0, 0, 'FLAGbody')]);
  item.writeUInt8(4, 4);
  item.writeUInt32BE(7, 20);
  await using bad = await BadServer.known((socket) => {
    socket.on('data', () => socket.write(item, () => socket.destroy()));
  });
  using connection = open(bad.port);
  const [taken, ...more] = await connection.leases('q', 60, 3);
  expect(taken).toMatchObject({ token: 7, value: Buffer.from('body') });
  expect(more).toEqual([]);
  await expect(connection.leases('q', 60, 3)).rejects.toBe(connection.lost);
});

function open(port: number): Connection & Disposable {
  const connection = new Connection({ host: '127.0.0.1', port, timeoutMs: LONG_MS });
  return Object.assign(connection, { [Symbol.dispose]: () => connection.close() });
}
