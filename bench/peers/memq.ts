import { fileURLToPath } from 'node:url';
import type { Peer } from './peer.ts';

const serverEntry = fileURLToPath(new URL('../../server/main.js', import.meta.url));

/** memq-server, every request on disk before its reply. */
export const memqDurable = memq('memq --sync always', ['--sync', 'always']);

/** memq-server without a disk. */
export const memqMemory = memq('memq --memory', ['--memory']);

function memq(name: string, options: string[]): Peer {
  return {
    name,
    protocol: 'memcached',
    command: process.execPath,
    args: (port, dataDir) => [
      serverEntry,
      ...['-l', '127.0.0.1'],
      ...['-p', String(port)],
      ...['--data', dataDir],
      ...options,
    ],
  };
}
