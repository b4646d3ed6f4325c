import { readFileSync } from 'node:fs';
import { expect, type TestAPI } from 'vitest';
import { type ServerFixtures, withServer } from '../../fixtures/server.ts';
import type { TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** Tests that share a server with a client that behaves, on a queue of its own, all the time. */
export function withHonestClient(): TestAPI<ServerFixtures & { honest: TextClient }> {
  return withServer(['--cache-size', '4m', '--sync', 'never']).extend<{ honest: TextClient }>({
    honest: [
      async ({ server }, use) => {
        using client = await TextClient.connect(server.port);
        await use(client);
      },
      { scope: 'file' },
    ],
  });
}

export async function expectHonestServed(honest: TextClient): Promise<void> {
  expect(await honest.exchange('set honest 7 0 4\r\nwork\r\nget honest\r\n')).toBe(
    'STORED\nVALUE honest 7 4\nwork\nEND',
  );
}

/** Memory of the server's process, in MiB. */
export function residentMemory(server: TestServer): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
