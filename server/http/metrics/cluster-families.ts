import type { ClusterView, DatabaseView } from '../context.ts';
import { Family, labelText, single } from './exposition.ts';

const ROLES: readonly ClusterView['role'][] = [
  ...(['joining', 'following', 'taking-over', 'leading', 'handing-over', 'stuck'] as const),
];

/** What a server is in its cluster, and how the database is that keeps the log; each server tells its own view. */
export function clusterFamilies(cluster: ClusterView | undefined): Family[] {
  if (cluster === undefined) return [];
  const { name, epoch, lag, members, clockDifference, lostRecords, database } = cluster;
  const role = new Family('memq_role', 'gauge', '1 for what this server is in its cluster');
  for (const each of ROLES)
    role.add(each === cluster.role ? 1 : 0, labelText({ cluster: name, role: each.replaceAll('-', '_') }));
  return [
    role,
    single(
      'memq_epoch',
      'gauge',
      'The epoch of the leader that this server knows; it rises with each leader',
      epoch,
    ),
    single(
      'memq_lag_bytes',
      'gauge',
      'Bytes of the log that are committed and not applied by this server',
      lag,
    ),
    single('memq_members', 'gauge', 'Servers of the cluster that were seen within a minute', members.length),
    single(
      'memq_clock_difference_seconds',
      'gauge',
      "How far the leader's clock is ahead of this machine's",
      clockDifference / 1000,
    ),
    single(
      'memq_lost_records_total',
      'counter',
      'Times that the database came back without what it had acknowledged',
      lostRecords,
    ),
    ...passingFamilies(cluster.passing),
    ...databaseFamilies(database),
  ];
}

function passingFamilies({ held, passed, total, bytesRead, bytesWritten }: ClusterView['passing']): Family[] {
  const bytes = new Family('memq_passed_bytes_total', 'counter', 'Bytes of clients that were passed on');
  bytes.add(bytesRead, labelText({ direction: 'in' }));
  bytes.add(bytesWritten, labelText({ direction: 'out' }));
  return [
    single('memq_held_connections', 'gauge', 'Connections that wait for somebody to lead', held),
    single('memq_passed_connections', 'gauge', 'Connections that are passed to the leader', passed),
    single('memq_passed_connections_total', 'counter', 'Connections that were', total),
    bytes,
  ];
}

function databaseFamilies(database: DatabaseView | undefined): Family[] {
  if (database === undefined) return [];
  const { timeline, isReplicated, standbys, waitsFor, problems, refusal, oldestSnapshotMs, writableHosts } =
    database;
  const isUp = refusal === undefined ? 1 : 0;
  return [
    single('memq_database_up', 'gauge', '1 while the database can be written', isUp),
    single(
      'memq_database_replicated',
      'gauge',
      '1 while what is stored is on the disks of two machines at least',
      isReplicated ? 1 : 0,
    ),
    single('memq_database_standbys', 'gauge', 'Standbys that are connected', standbys),
    single('memq_database_standbys_awaited', 'gauge', 'How many of them a commit waits for', waitsFor),
    single('memq_database_timeline', 'gauge', 'It rises with each failover of the database', timeline),
    single(
      'memq_database_writable_hosts',
      'gauge',
      'Hosts that accept writes; more than one is a split',
      writableHosts,
    ),
    single('memq_database_problems', 'gauge', 'What is wrong with it; the log says what', problems.length),
    single(
      'memq_database_oldest_snapshot_seconds',
      'gauge',
      'Age of the oldest snapshot, which keeps what is trimmed on the disk',
      oldestSnapshotMs / 1000,
    ),
  ];
}
