import pg from 'pg';
import type { End } from '../log-database.ts';

/**
 * SQLSTATEs that say that the connection is of no use any more: the server ends, starts or recovers, the copy has become
 * read-only, or the session's prepared statements are gone.
 */
const LOST: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '57P05', '25006', '26000']);

/** Whether an error leaves open what has become of a statement. */
export function isLost(error: Error): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  const { code = '', severity } = error;
  return LOST.has(code) || code.startsWith('08') || severity === 'FATAL' || severity === 'PANIC';
}

/**
 * How a statement ended that the database did, or did not. `isWarned`: there was a notice of another class than success: PostgreSQL says
 * so when it has committed although the wait for the standby was cut short.
 */
export function endOf(error: Error | undefined, rows: number, isWarned: boolean): End {
  if (error !== undefined) return isLost(error) ? 'lost' : 'failed';
  if (isWarned) return 'warned';
  return rows > 0 ? 'committed' : 'unchanged';
}
