import type { Peer } from './peer.ts';

/** Redis, every write on disk before its reply. */
export const redisDurable = redis('always');

/** Redis as it is usually run under a job queue: what was written in the last second may be lost. */
export const redisEverySecond = redis('everysec');

/** Snapshots and rewrites are off: they would run beside the load. */
function redis(appendfsync: 'always' | 'everysec'): Peer {
  return {
    name: `redis --appendfsync ${appendfsync}`,
    protocol: 'redis',
    command: 'redis-server',
    args: (port, dataDir) => [
      ...['--bind', '127.0.0.1'],
      ...['--port', String(port)],
      ...['--dir', dataDir],
      ...['--appendonly', 'yes'],
      ...['--appendfsync', appendfsync],
      ...['--save', ''],
      ...['--auto-aof-rewrite-percentage', '0'],
    ],
  };
}
