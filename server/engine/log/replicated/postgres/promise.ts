import type { Connection, Prepared } from './connection.ts';

/** What the database was seen to promise, and how it is, a moment ago. */
export interface Status {
  /** What a failover can lose, in one line. */
  readonly promise: string;
  readonly isReplicated: boolean;
  /** Standbys that are connected, and how many of them a commit waits for. */
  readonly standbys: number;
  readonly waitsFor: number;
  readonly problems: readonly string[];
  /** Why commits do not come through, or may not count. */
  readonly refusal: string | undefined;
  /** Whether a commit means less than was asked for, so that none may count. */
  readonly isVoid: boolean;
  /** Whether it is so bad that a server does not start with it. */
  readonly isFatal: boolean;
  readonly oldestSnapshotMs: number;
  /** Whether the process of that id works on something; undefined: it is gone. */
  readonly isActive: boolean | undefined;
}

/** What others do can be seen by the roles of pg_monitor alone: for everybody else it is null. */
const STATUS: Prepared = {
  name: 'status',
  text: `SELECT current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on',
      current_setting('synchronous_standby_names'),
      (SELECT count(*) FROM pg_stat_replication WHERE coalesce(state, 'streaming') IN ('streaming', 'catchup')),
      (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')),
      (SELECT count(*) FROM pg_stat_replication WHERE sync_state IS NULL),
      (SELECT coalesce(extract(epoch FROM max(age)) * 1000, 0)::double precision FROM (
        SELECT clock_timestamp() - xact_start AS age FROM pg_stat_activity
          WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
        UNION ALL SELECT clock_timestamp() - prepared FROM pg_prepared_xacts
      ) snapshots),
      (SELECT coalesce(string_agg(slot_name, ', ' ORDER BY slot_name), '') FROM pg_replication_slots
        WHERE NOT active AND (xmin IS NOT NULL OR catalog_xmin IS NOT NULL OR restart_lsn IS NOT NULL)),
      (SELECT state <> 'idle' FROM pg_stat_activity WHERE pid = $1)`,
};
/** An older snapshot is worth a line, milliseconds. */
const OLD_SNAPSHOT_MS = 60_000;

/** Asks what the database promises. `pid`: the process whose work is of interest. */
export async function readStatus(
  connection: Connection,
  pid: number,
  needsStandby: boolean,
  mostMs: number,
): Promise<Status> {
  const [values] = await connection.query(STATUS, [pid], mostMs);
  const [isSynced, hasFullPages, names, standbys, waitedFor, hidden, oldestSnapshotMs, slots, isActive] =
    values!;
  const waitsFor = standbysToWaitFor(names);
  // Who may not see it has to believe what is set.
  const isReplicated = waitsFor > 0 && (hidden > 0 ? standbys : waitedFor) >= waitsFor;
  const problems: string[] = [];
  let refusal: string | undefined;
  let isVoid = false;
  if (!isSynced) {
    refusal = 'fsync = off: a power cut destroys the database; set fsync = on';
    isVoid = true;
  } else if (waitsFor > 0 && !isReplicated) {
    refusal = `commits wait for ${waitsFor === 1 ? 'a standby' : `${waitsFor} standbys`} of synchronous_standby_names = ${names}, and ${standbys === 0 ? 'none is' : 'too few of them are'} connected`;
  } else if (needsStandby && waitsFor === 0) {
    refusal =
      'commits wait for no standby (synchronous_standby_names is empty), which --require-standby does not allow';
    isVoid = true;
  }
  if (!hasFullPages) problems.push('full_page_writes = off: a power cut can damage the database');
  if (hidden > 0) {
    problems.push(
      'the user of the database cannot see which standbys have what: GRANT pg_monitor TO the user',
    );
  }
  if (slots !== '')
    problems.push(`nobody reads the replication slot ${slots}: the disk fills with what it keeps`);
  if (oldestSnapshotMs > OLD_SNAPSHOT_MS) {
    problems.push(
      'a transaction has been open for over a minute (pg_dump?): nothing that it may read is cleared away',
    );
  }
  const promise = promiseOf(waitsFor, standbys);
  return {
    promise,
    isReplicated,
    standbys,
    waitsFor,
    problems,
    refusal,
    isVoid,
    isFatal: !isSynced,
    oldestSnapshotMs,
    isActive,
  };
}

/** By synchronous_standby_names: `ANY 2 (a, b, c)`, `FIRST 2 (...)`, `2 (...)`, or a list, of which one counts. */
export function standbysToWaitFor(names: string): number {
  if (names.trim() === '') return 0;
  const [, count = '1'] = /^\s*(?:(?:any|first)\s+)?(\d+)\s*\(/i.exec(names) ?? [];
  return Number(count);
}

function promiseOf(waitsFor: number, standbys: number): string {
  if (waitsFor > 0) {
    const count = waitsFor === 1 ? 'one standby has' : `${waitsFor} standbys have`;
    return `commits wait until ${count} them on disk: a failover to one of these loses nothing`;
  }
  if (standbys > 0) {
    return 'commits wait for no standby: a failover loses what the standby did not have yet (set synchronous_standby_names)';
  }
  return 'there is no standby: what is lost with the disk of the database is lost';
}
