import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { amount } from '../../helpers/amount.ts';
import { binaryNonsense, noise, textNonsense } from '../../helpers/nonsense.ts';
import type { TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { expectHonestServed, residentMemory, withHonestClient } from './honest.ts';

const it = withHonestClient();

/** Random inputs of each kind. */
const RUNS = Number(process.env.RUNS ?? amount(500, 1500));

/** Everything that is answered to `bytes`, up to the server's end of the connection. */
async function send(server: TestServer, bytes: Buffer): Promise<Buffer> {
  using client = await TextClient.connect(server.port);
  client.socket.end(bytes);
  // Without `await` the client would be closed before.
  return await client.rest();
}

/** Some time in which the server has to serve somebody else. */
async function serveHonest(honest: TextClient): Promise<void> {
  for (let i = 0; i < 300; i++) await expectHonestServed(honest);
}

describe('bytes that make no sense', () => {
  it.for([
    ['text', textNonsense],
    ['binary', binaryNonsense],
    ['noise', noise],
  ] as const)(
    '%s: are answered and done with, and nobody else notices',
    {
      timeout: 120_000 + 20 * RUNS,
    },
    async ([_name, input], { server, honest }) => {
      await serveHonest(honest);
      const before = residentMemory(server);
      let count = 0;
      await fc.assert(
        fc.asyncProperty(input as fc.Arbitrary<Buffer>, async (bytes) => {
          const answer = await send(server, bytes);
          // What is answered is in the protocol that was spoken.
          if (answer.length > 0) expect(answer[0] === 0x81).toBe(bytes[0] === 0x80);
          if (++count % 20 === 0) await expectHonestServed(honest);
        }),
        { numRuns: RUNS },
      );
      await honest.exchange('flush_all\r\n');
      await expectHonestServed(honest);
      expect(residentMemory(server) - before).toBeLessThan(150);
    },
  );
});
