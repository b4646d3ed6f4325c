import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Peer } from './peer.ts';

const serverEntry = fileURLToPath(new URL('../../server/main.js', import.meta.url));

/** memq-server, every request on disk before its reply. */
export const memqDurable = memq('memq --sync always', ['--sync', 'always']);

/** memq-server without a disk. */
export const memqMemory = memq('memq --memory', ['--memory']);

/** The same as `memqDurable`, with the sections of a configuration. */
export function memqConfigured(sections: string): Peer {
  return {
    ...memqDurable,
    args: (port, dataDir) => {
      const file = `${dataDir}.ini`;
      writeFileSync(file, sections);
      return [...memqDurable.args(port, dataDir), '--config', file];
    },
  };
}

/** The same as `memqDurable`, with more flags. */
export function memqWith(flags: readonly string[]): Peer {
  return { ...memqDurable, args: (port, dataDir) => [...memqDurable.args(port, dataDir), ...flags] };
}

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
