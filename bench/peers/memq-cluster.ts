import { memqDurable } from './memq.ts';
import type { Peer } from './peer.ts';

/** A memq-server whose log is in a database, and which serves HTTP on that port; each is one of the same cluster. */
export function memqOnDatabase(url: string, httpPort: number): Peer {
  const [entry = ''] = memqDurable.args(0, '');
  return {
    ...memqDurable,
    name: 'memq --log postgres://...',
    args: (port) => [
      entry,
      ...['-l', '127.0.0.1'],
      ...['-p', String(port)],
      ...['--log', url],
      ...['--http', `127.0.0.1:${httpPort}`],
    ],
  };
}
