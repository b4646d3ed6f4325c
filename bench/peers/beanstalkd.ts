import type { Peer } from './peer.ts';

/** beanstalkd with a log that is synced at every write. */
export const beanstalkdDurable: Peer = {
  name: 'beanstalkd -f0',
  protocol: 'beanstalkd',
  command: 'beanstalkd',
  args: (port, dataDir) => ['-l', '127.0.0.1', '-p', String(port), '-b', dataDir, '-f0'],
};
