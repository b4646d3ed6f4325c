import { ConfigError } from '../../../../../shared/errors.ts';
import type { Connection } from './connection.ts';

/** Who answers at a host: which database, which copy of it, and since when. */
export interface Identity {
  /** Of the database: all copies have the same; '' where it does not tell. */
  readonly system: string;
  /** Ascends with each promotion; 0 where it does not tell. A standby knows the one that it follows. */
  readonly timeline: number;
  readonly isWritable: boolean;
  /** When this server was started, in its own words: another value is another process. */
  readonly start: string;
  /** Of the process that serves the connection. */
  readonly pid: number;
}

const LEAST_VERSION = 140_000;
const WHO = `SELECT version(), current_setting('server_version_num')::int4, pg_is_in_recovery(),
  current_setting('transaction_read_only') = 'on', pg_backend_pid()`;
/** The file's name begins with the timeline: what pg_control_checkpoint says is behind until the first checkpoint after a promotion. */
const WHICH = `SELECT (SELECT system_identifier FROM pg_control_system())::text,
  CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_lsn()) END,
  greatest((SELECT timeline_id FROM pg_control_checkpoint()), (SELECT max(received_tli) FROM pg_stat_wal_receiver))::int8,
  pg_postmaster_start_time()::text, pg_backend_pid()`;

/**
 * Asks who answers. Rejects with ConfigError where it is no database that a log can be kept on: another one than
 * PostgreSQL or an old one, unless `isUnchecked`, or a pooler that gives each statement to another process.
 */
export async function identify(
  connection: Connection,
  isUnchecked: boolean,
  mostMs: number,
): Promise<Identity> {
  const { text: host } = connection.host;
  const [who] = await connection.query(WHO, [], mostMs);
  const [version, number, isInRecovery, isReadOnly, pid] = who!;
  if (!isUnchecked && (!/^PostgreSQL \d/.test(version) || number < LEAST_VERSION)) {
    const words = String(version).split(' ').slice(0, 2).join(' ');
    throw new ConfigError(
      `${host} is ${words}; the log needs PostgreSQL 14 or later (--log-unchecked takes it at your own risk)`,
    );
  }
  const isWritable = !isInRecovery && !isReadOnly;
  let which: readonly unknown[];
  try {
    which = (await connection.query(WHICH, [], mostMs))[0]!;
  } catch (error) {
    if (!isUnchecked || connection.failure !== undefined) throw error;
    return { system: '', timeline: 0, isWritable, start: '', pid };
  }
  const [system, walFile, known, start, pidAgain] = which as [string, string | null, number, string, number];
  if (pid !== pidAgain) {
    throw new ConfigError(
      `${host} is a pooler that gives each statement to another process of the database: name the database itself, or a pooler in session mode`,
    );
  }
  const timeline = walFile === null ? known : Number.parseInt(walFile.slice(0, 8), 16);
  return { system, timeline, isWritable, start, pid };
}

/** Whether it is the same process of the same copy. */
export function isSameServer(one: Identity, other: Identity): boolean {
  return one.system === other.system && one.timeline === other.timeline && one.start === other.start;
}
