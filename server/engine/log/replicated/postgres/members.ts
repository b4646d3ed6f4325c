import type { Member } from '../cluster-members.ts';
import type { Connection, Prepared } from './connection.ts';
import type { Tables } from './tables.ts';

/** Seconds after which a member that says nothing is none any more, and after which its row goes. */
const GONE_S = 60;
const FORGOTTEN_S = 3600;

/** The members of a cluster, in their table. */
export class Members {
  readonly #cluster: string;
  readonly #announce: Prepared;
  readonly #list: Prepared;
  readonly #leave: Prepared;

  constructor({ cluster, members }: Tables) {
    this.#cluster = cluster;
    this.#announce = {
      name: 'announce',
      text: `WITH forgotten AS (
          DELETE FROM ${members} WHERE cluster = $1 AND id <> $2 AND seen < clock_timestamp() - interval '${FORGOTTEN_S} s'
        ) INSERT INTO ${members} (cluster, id, address, version, format, applied, is_joining, seen)
        VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
        ON CONFLICT (cluster, id) DO UPDATE SET address = $3, version = $4, format = $5, applied = $6, is_joining = $7,
          seen = clock_timestamp()`,
    };
    this.#list = {
      name: 'members',
      text: `SELECT id, address, version, format, applied, is_joining,
          (extract(epoch FROM clock_timestamp() - seen) * 1000)::double precision
        FROM ${members} WHERE cluster = $1 AND seen > clock_timestamp() - interval '${GONE_S} s' ORDER BY id`,
    };
    this.#leave = { name: 'leave', text: `DELETE FROM ${members} WHERE cluster = $1 AND id = $2` };
  }

  async announce(connection: Connection, member: Omit<Member, 'seenMs'>, mostMs: number): Promise<void> {
    const { id, address, version, format, applied, isJoining } = member;
    await connection.query(
      this.#announce,
      [this.#cluster, id, address, version, format, applied, isJoining],
      mostMs,
    );
  }

  async list(connection: Connection, mostMs: number): Promise<readonly Member[]> {
    const rows = await connection.query(this.#list, [this.#cluster], mostMs);
    return rows.map(([id, address, version, format, applied, isJoining, seenMs]) => {
      return { id, address, version, format, applied, isJoining, seenMs };
    });
  }

  async leave(connection: Connection, id: string, mostMs: number): Promise<void> {
    await connection.query(this.#leave, [this.#cluster, id], mostMs);
  }
}
