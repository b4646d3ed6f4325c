import { expect, it } from 'vitest';
import type { Cluster } from '../../../server/cluster/cluster.ts';
import { ClusterStatus } from '../../../server/cluster/cluster-status.ts';
import type { SharedDatabase } from '../../../server/cluster/shared-database.ts';
import type { Door } from '../../../server/net/door.ts';

/** How a server says that it is. */
function healthOf(cluster: Partial<Cluster> | undefined, refusal?: string): string {
  const condition = { refusal } as SharedDatabase['condition'];
  const status = new ClusterStatus('test', { condition }, {} as Door);
  status.cluster = cluster as Cluster | undefined;
  return status.health;
}

const LEADER = 'db1:7';

it('is well where clients get answers, from it or from the leader', () => {
  expect(healthOf({ role: 'leading', leader: LEADER, isStalled: false })).toBe('ok');
  expect(healthOf({ role: 'following', leader: LEADER })).toBe('ok');
  expect(healthOf({ role: 'following', leader: undefined })).toBe('no-leader');
  expect(healthOf({ role: 'joining', leader: LEADER })).toBe('starting');
  expect(healthOf({ role: 'stuck', leader: LEADER })).toBe('cannot-follow');
  expect(healthOf(undefined)).toBe('starting');
});

it('is not while the database is away, also where it is known who led before', () => {
  const why = 'it is not reached';
  expect(healthOf({ role: 'leading', leader: LEADER, isStalled: true }, why)).toBe('database-away');
  expect(healthOf({ role: 'following', leader: LEADER }, why)).toBe('database-away');
  expect(healthOf({ role: 'following', leader: undefined }, why)).toBe('database-away');
  expect(healthOf({ role: 'joining', leader: LEADER }, why)).toBe('database-away');
  // Its last commit is not long ago.
  expect(healthOf({ role: 'leading', leader: LEADER, isStalled: false }, why)).toBe('ok');
});
