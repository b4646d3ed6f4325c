import { fileURLToPath } from 'node:url';
import type { Peer } from './peer.ts';

const entry = fileURLToPath(new URL('../bare-server/main.js', import.meta.url));

/** What a server on Node could do at best: the same bytes on the same sockets, and no queue, no disk, no parser. */
export function bareServer(queue: string, body: string): Peer {
  return {
    name: 'bare Node server, same bytes',
    protocol: 'memcached',
    command: process.execPath,
    args: (port) => [entry, String(port), queue, body],
  };
}
