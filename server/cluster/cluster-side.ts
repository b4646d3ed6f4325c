import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Logger } from '../../shared/logger.ts';
import type { SharedLog } from '../config/cluster-rules.ts';
import { engineClock } from '../engine/clock.ts';
import type { EngineOptions } from '../engine/engine.ts';
import { FORMAT_VERSION } from '../engine/log/codec/headers.ts';
import { Door } from '../net/door.ts';
import type { Listener } from '../net/listener.ts';
import { type Passed, PeerListener } from '../net/peer-listener.ts';
import { Cluster, type ClusterHost } from './cluster.ts';
import { ClusterClock } from './cluster-clock.ts';
import { ClusterStatus } from './cluster-status.ts';
import { openSharedDatabase, type SharedDatabase } from './shared-database.ts';

/** How long others wait before they take over from a leader that says nothing, milliseconds. */
const LEASE_MS = 5000;
/** How long a client is held while nobody leads, milliseconds. */
const HOLD_MS = LEASE_MS + 1000;

/** What a server of a cluster has besides: the log that it shares, the door before its clients, a port for other servers. */
export class ClusterSide {
  readonly clock = new ClusterClock(engineClock());
  readonly door: Door;
  readonly view: ClusterStatus;
  readonly #id: string;
  readonly #shared: SharedLog;
  readonly #database: SharedDatabase;
  readonly #logger: Logger;
  #peers: PeerListener | undefined;
  /** HOST:PORT at which the other servers reach this one, once it listens. */
  #address = '';
  #cluster: Cluster | undefined;

  /** Connects to the database. Rejects with MemqErrors. */
  static async open(
    shared: SharedLog,
    { cacheSize }: { readonly cacheSize: number },
    logger: Logger,
  ): Promise<ClusterSide> {
    const id = randomBytes(8).toString('hex');
    const options = { ...shared, member: id, leaseMs: LEASE_MS, cacheSize };
    const database = await openSharedDatabase(options, logger);
    return new ClusterSide(id, shared, database, logger);
  }

  private constructor(id: string, shared: SharedLog, database: SharedDatabase, logger: Logger) {
    this.#id = id;
    this.#shared = shared;
    this.#database = database;
    this.#logger = logger;
    this.door = new Door({ holdMs: HOLD_MS, logger });
    this.door.mode = { kind: 'hold' };
    this.view = new ClusterStatus(shared.cluster, database, this.door);
  }

  /** Resolves when clients get answers, from this server or by it from the one that leads. */
  get ready(): Promise<void> {
    return this.#cluster?.ready ?? Promise.resolve();
  }

  /** Listens for the other servers, at the address of the listener. Rejects with an UnreachableError. */
  async listen(listener: Listener, listenOn: string, takeHttp: (passed: Passed) => void): Promise<void> {
    const { advertise, cluster } = this.#shared;
    const logger = this.#logger;
    const memcache = listener.takePassed.bind(listener);
    this.#peers = new PeerListener({ id: this.#id, logger, takers: { memcache, http: takeHttp } });
    const port = await this.#peers.listen(advertise.port, listenOn);
    this.#address = `${isIPv6(advertise.host) ? `[${advertise.host}]` : advertise.host}:${port}`;
    logger.info({ cluster, address: this.#address }, 'listening for the other servers');
  }

  /** Is one of the servers from now on: it listens for them and for clients already, since it may lead at any moment. */
  join(engine: EngineOptions, host: Omit<ClusterHost, 'engine' | 'route'>): void {
    const { cluster } = this.#shared;
    this.#cluster = new Cluster({
      ...{ name: cluster, id: this.#id, address: this.#address, format: FORMAT_VERSION },
      ...{ logger: this.#logger, clock: this.clock },
      ...{ openLog: this.#database.openLog, members: this.#database.members },
      host: {
        ...{ engine, serve: host.serve, stopServing: host.stopServing },
        closeConnections: host.closeConnections,
        route: (route) => {
          this.door.mode = route;
        },
      },
    });
    this.view.cluster = this.#cluster;
  }

  /** Takes nothing more from other servers, and makes ready to stop. */
  prepareStop(): void {
    this.#peers?.close();
    this.#cluster?.prepareStop();
  }

  /** Ends its part in the cluster. Rejects with a DatabaseError where the database does not answer in time. */
  async stop(graceMs: number): Promise<void> {
    this.prepareStop();
    try {
      await this.#cluster?.stop(graceMs);
    } finally {
      await this.#database.close();
    }
  }
}
