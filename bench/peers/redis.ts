import type { Peer } from './peer.ts';

/** Redis, every write on disk before its reply. Snapshots and rewrites are off: they would run beside the load. */
export const redisDurable: Peer = {
  name: 'redis --appendfsync always',
  protocol: 'redis',
  command: 'redis-server',
  args: (port, dataDir) => [
    ...['--bind', '127.0.0.1'],
    ...['--port', String(port)],
    ...['--dir', dataDir],
    ...['--appendonly', 'yes'],
    ...['--appendfsync', 'always'],
    ...['--save', ''],
    ...['--auto-aof-rewrite-percentage', '0'],
  ],
};
