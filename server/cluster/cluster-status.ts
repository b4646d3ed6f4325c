import type { Socket } from 'node:net';
import type { Door } from '../net/door.ts';
import type { Cluster, Role } from './cluster.ts';
import type { SharedDatabase } from './shared-database.ts';

/** What is told of a server and its cluster: over HTTP, in `stats`, as metrics. */
export class ClusterStatus {
  readonly name: string;
  readonly #database: Pick<SharedDatabase, 'condition'>;
  readonly #door: Door;
  /** Undefined before this server is one of it. */
  cluster: Cluster | undefined;

  constructor(name: string, database: Pick<SharedDatabase, 'condition'>, door: Door) {
    this.name = name;
    this.#database = database;
    this.#door = door;
  }

  get role(): Role {
    return this.cluster?.role ?? 'joining';
  }

  get epoch(): number {
    return this.cluster?.epoch ?? 0;
  }

  get leader(): string | undefined {
    return this.cluster?.leader;
  }

  get lag(): number {
    return this.cluster?.lag ?? 0;
  }

  get members(): Cluster['members'] {
    return this.cluster?.members ?? [];
  }

  get format(): number {
    return this.cluster?.format ?? 0;
  }

  get clockDifference(): number {
    return this.cluster?.clockDifference ?? 0;
  }

  get lostRecords(): number {
    return this.cluster?.lostRecords ?? 0;
  }

  get database(): SharedDatabase['condition'] {
    return this.#database.condition;
  }

  /** Connections of clients that are held, or passed to the leader. */
  get passing(): Door['counts'] {
    return this.#door.counts;
  }

  /** To the leader's HTTP, for a client that is connected by that socket; undefined where nobody is known to lead. */
  connectToLeader(client: Socket): Socket | undefined {
    return this.#door.connectForHttp(client);
  }

  /** How this server is, for those who send it clients. */
  get health(): 'ok' | 'starting' | 'no-leader' | 'database-away' | 'cannot-follow' {
    const { cluster, role } = this;
    if (cluster === undefined) return 'starting';
    if (role === 'leading') return cluster.isStalled ? 'database-away' : 'ok';
    if (role === 'stuck') return 'cannot-follow';
    // Who leads may be another one by now, and it cannot store anything either, unless only this server is cut off.
    if (this.database.refusal !== undefined) return 'database-away';
    if (role === 'joining') return 'starting';
    return cluster.leader === undefined ? 'no-leader' : 'ok';
  }
}
