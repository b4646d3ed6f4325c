import { randomUUID } from 'node:crypto';
import { TryLaterError, UsageError } from '../../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Timing } from '../log/replicated/log-database.ts';
import { NewCluster } from '../log/replicated/postgres/new-cluster.ts';
import { PostgresDatabase, type PostgresOptions } from '../log/replicated/postgres/postgres-database.ts';
import { ReplicatedLog } from '../log/replicated/replicated-log.ts';
import { LogSource } from './log-source.ts';
import type { MigrationTarget } from './migration.ts';

const LEASE_MS = 5000;
/** Bodies are read in the order of the log, and written once. */
const CACHE_SIZE = 16 * 1024 * 1024;
/** A member that was seen within that time may be serving, milliseconds. */
const LATELY_MS = 2 * LEASE_MS;
/** How long it may take until nobody leads any more, milliseconds. */
const PATIENCE_MS = 4 * LEASE_MS;

/** A cluster, as the command line names it. */
export interface ClusterPlace {
  readonly url: string;
  readonly schema: string;
  readonly cluster: string;
  readonly isUnchecked: boolean;
  readonly timing: Timing;
  /** What is wrong with the database meanwhile, a line for people. */
  readonly onTrouble: (line: string) => void;
}

/**
 * Opens a cluster to migrate what it has. It leads, and appends nothing: so nobody else can. Rejects with UsageError where
 * there is no such cluster, with TryLaterError where a server of it runs.
 */
export async function openClusterSource(
  place: ClusterPlace,
): Promise<{ readonly source: LogSource; close(): Promise<void> }> {
  const options = optionsOf(place);
  const database = await PostgresDatabase.open(options);
  const log = logOn(database, place, options.member, Date.now);
  try {
    const [serving] = (await database.list()).filter(({ seenMs }) => seenMs < LATELY_MS);
    if (serving !== undefined)
      throw new TryLaterError(
        `the memq-server at ${serving.address} serves from cluster ${place.cluster}: stop all of them first`,
      );
    await log.replay({ apply() {} });
    if (log.leadership.epoch === 0)
      throw new UsageError(`there is no cluster ${place.cluster} in the database`);
    await inTime(log.lead(), place);
    const source = await LogSource.read(log);
    return { source, close: () => log.close() };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Makes a cluster for what is migrated. Rejects as `NewCluster.make`. */
export async function makeClusterTarget(place: ClusterPlace, clock: Clock): Promise<MigrationTarget> {
  const options = optionsOf(place);
  const made = await NewCluster.make(options);
  const log = logOn(made.database, place, options.member, clock);
  return {
    log,
    async finish() {
      await log.close();
      await made.finish();
    },
    async abandon() {
      await log.close().catch(() => {});
      await made.abandon();
    },
  };
}

function optionsOf({ url, schema, cluster, isUnchecked, onTrouble }: ClusterPlace): PostgresOptions {
  const lines = { info() {}, warn: onTrouble, error: onTrouble };
  return {
    ...{ url, schema, cluster, isUnchecked, leaseMs: LEASE_MS, lines },
    member: `migration ${randomUUID()}`,
    requireStandby: false,
    onCondition: () => {},
  };
}

function logOn(
  database: PostgresDatabase,
  { timing }: ClusterPlace,
  member: string,
  clock: Clock,
): ReplicatedLog {
  return ReplicatedLog.open({ database, timing, member, cacheSize: CACHE_SIZE, clock, leaseMs: LEASE_MS });
}

async function inTime(leads: Promise<void>, { cluster }: ClusterPlace): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new TryLaterError(`somebody leads cluster ${cluster}: stop all of its memq-servers first`);
    timer = setTimeout(() => reject(error), PATIENCE_MS);
  });
  try {
    await Promise.race([leads, late]);
  } finally {
    clearTimeout(timer);
  }
}
