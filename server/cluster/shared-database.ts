import type { Logger } from '../../shared/logger.ts';
import type { SharedLog } from '../config/cluster-rules.ts';
import type { Clock } from '../engine/clock.ts';
import type { ClusterLog } from '../engine/log/replicated/cluster-log.ts';
import type { ClusterMembers, DatabaseCondition } from '../engine/log/replicated/cluster-members.ts';
import { PostgresDatabase } from '../engine/log/replicated/postgres/postgres-database.ts';
import { ReplicatedLog } from '../engine/log/replicated/replicated-log.ts';
import { ProcessTiming } from './process-timing.ts';

/** The database of a cluster: who its servers are, how it is, and its log, which is opened anew for each life. */
export interface SharedDatabase {
  readonly members: ClusterMembers;
  readonly condition: DatabaseCondition;
  /** `onFailure`: this server led, and does not any more; or records are lost. */
  readonly openLog: (clock: Clock, onFailure: () => void) => ClusterLog;
  close(): Promise<void>;
}

interface SharedDatabaseOptions extends SharedLog {
  /** This server's own, a new one at each start. */
  readonly member: string;
  readonly leaseMs: number;
  /** Bytes of the log that are kept in memory. */
  readonly cacheSize: number;
}

/** Connects to the database that keeps the log. Rejects with MemqErrors. */
export async function openSharedDatabase(
  { member, leaseMs, cacheSize, ...shared }: SharedDatabaseOptions,
  logger: Logger,
): Promise<SharedDatabase> {
  const database = await PostgresDatabase.open({
    ...shared,
    member,
    leaseMs,
    lines: logger,
    onCondition() {},
  });
  const timing = new ProcessTiming();
  // A log that has failed lets go of what it has alone; what was seen of timelines is to last.
  const kept = {
    execute: database.execute.bind(database),
    expectRaise: database.expectRaise.bind(database),
    beatBeside: database.beatBeside.bind(database),
    read: database.read.bind(database),
    load: database.load.bind(database),
    close: () => Promise.resolve(),
  };
  return {
    members: database,
    get condition() {
      return database.condition;
    },
    openLog: (clock, onFailure) =>
      ReplicatedLog.open({ database: kept, timing, member, cacheSize, clock, leaseMs, onFailure }),
    close: () => database.close(),
  };
}
