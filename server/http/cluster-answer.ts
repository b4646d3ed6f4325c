import type { ClusterView, DatabaseView } from './context.ts';
import type { Cluster } from './schemas/server.ts';

/** What is told of a cluster and of its database. The ids of members are not: a server lets in whoever names its own. */
export function clusterAnswer(cluster: ClusterView): Cluster {
  const { name, role, epoch, leader = null, lag, members, database } = cluster;
  return {
    ...{ name, role, epoch, leader },
    lag_bytes: lag,
    clock_difference: cluster.clockDifference / 1000,
    lost_records: cluster.lostRecords,
    members: newestOf(members).map(({ address, version, applied, isJoining, seenMs }) => ({
      ...{ address, version, applied },
      joining: isJoining,
      seen_seconds_ago: seenMs / 1000,
    })),
    database: database === undefined ? null : databaseAnswer(database),
  };
}

/** One an address, by address: two cannot listen there, so who was seen there longer ago has died. */
function newestOf(members: ClusterView['members']): ClusterView['members'] {
  const newest = new Map<string, ClusterView['members'][number]>();
  for (const member of members) {
    const known = newest.get(member.address);
    if (known === undefined || member.seenMs < known.seenMs) newest.set(member.address, member);
  }
  return [...newest.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function databaseAnswer(database: DatabaseView): Cluster['database'] {
  const { host, timeline, promise, isReplicated, standbys, waitsFor, problems, refusal = null } = database;
  return {
    ...{ host, timeline, promise, standbys, refusal },
    replicated: isReplicated,
    waits_for: waitsFor,
    problems: [...problems],
  };
}
