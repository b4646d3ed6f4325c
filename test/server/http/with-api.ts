import { onTestFinished } from 'vitest';
import { ApiClient } from '../../helpers/api.ts';
import { type ServerOptions, startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** A server for this test, a client of its API and a memcache client. */
export async function withApi(options: ServerOptions = {}) {
  const server = await startServer({ http: true, args: ['--memory'], ...options });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const connect = async () => {
    const client = await TextClient.connect(server.port);
    onTestFinished(() => client.close());
    return client;
  };
  return { server, api: await ApiClient.of(server.url), client: await connect(), connect };
}

/** Enqueues something in `queue`, and has it fail for good. */
export async function fail(client: TextClient, queue: string, error: string, options = ''): Promise<void> {
  await client.set(queue + options, 'doIt()');
  await client.get(`${queue}/open`);
  await client.set(`${queue}/fail/final`, error);
}
