import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An address before a server, which stays the same when the server gets another port, and knows which streams are open. */
export interface Relay extends AsyncDisposable {
  readonly url: string;
  /** How many streams are open, and how many there have been. */
  readonly streams: number;
  readonly allStreams: number;
}

const STREAM = /\/api\/v1\/live\?/;

/** Passes on what it is asked to where `target` says; where nobody answers there, it does not either. */
export async function openRelay(target: () => string): Promise<Relay> {
  const open = new Set<ServerResponse>();
  let allStreams = 0;
  const server = createServer((asked, answer) => {
    if (STREAM.test(asked.url as string)) {
      allStreams++;
      open.add(answer);
      answer.on('close', () => open.delete(answer));
    }
    const { hostname, port } = new URL(target());
    const { method = 'GET', headers, url: path = '/' } = asked;
    const passed = request({ hostname, port, method, headers, path, agent: false }, (got) => {
      answer.writeHead(got.statusCode as number, got.headers);
      got.pipe(answer);
      got.on('error', () => answer.destroy());
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get streams() {
      return open.size;
    },
    get allStreams() {
      return allStreams;
    },
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections();
      await once(server, 'close');
    },
  };
}
