import type { Peer } from './peer.ts';

/** memcached on one thread, as a measure of how fast the protocol can be served. */
export const memcachedOneThread: Peer = {
  name: 'memcached -t 1',
  protocol: 'memcached',
  command: 'memcached',
  args: (port) => [
    ...['-l', '127.0.0.1'],
    ...['-p', String(port)],
    ...['-U', '0'],
    ...['-t', '1'],
    ...asRoot(),
  ],
};

/** memcached does not start as root unless it is told which user to become. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['-u', 'root'] : [];
}
