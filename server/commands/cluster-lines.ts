/** What is told of a server that is one of a cluster, and of the database that keeps its log. */
export interface ClusterInfo {
  readonly name: string;
  readonly members: readonly unknown[];
  /** Milliseconds. */
  readonly clockDifference: number;
  readonly lostRecords: number;
  readonly database: {
    readonly host: string;
    readonly timeline: number;
    readonly promise: string;
    readonly isReplicated: boolean;
    readonly standbys: number;
    readonly waitsFor: number;
    readonly problems: readonly string[];
    readonly refusal: string | undefined;
  };
}

/** For `stats`, besides what the log says of itself; nothing of a server that has a log of its own. */
export function* clusterLines(
  cluster: ClusterInfo | undefined,
): Iterable<readonly [string, string | number]> {
  if (cluster === undefined) return;
  const { database } = cluster;
  yield ['cluster', cluster.name];
  yield ['cluster_members', cluster.members.length];
  yield ['cluster_clock_difference_ms', Math.round(cluster.clockDifference)];
  yield ['cluster_lost_records', cluster.lostRecords];
  yield ['database_host', database.host || 'none'];
  yield ['database_timeline', database.timeline];
  yield ['database_promise', database.promise || 'unknown'];
  yield ['database_replicated', database.isReplicated ? 'yes' : 'no'];
  yield ['database_standbys', database.standbys];
  yield ['database_standbys_awaited', database.waitsFor];
  yield ['database_problems', database.problems.join('; ') || 'none'];
  yield ['database_refusal', database.refusal ?? 'none'];
}
