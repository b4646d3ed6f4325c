import { onTestFinished } from 'vitest';
import { type ServerOptions, startServer, type TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** A server with HTTP, and a connection to it, until the test ends. */
export async function served(
  options: ServerOptions = {},
): Promise<{ server: TestServer; client: TextClient }> {
  const server = await startServer({ http: true, ...options });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const client = await TextClient.connect(server.port);
  onTestFinished(() => client.close());
  return { server, client };
}
