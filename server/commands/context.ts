import type { QueueEngine } from '../engine/api.ts';
import type { Client } from '../session/client.ts';
import type { Pipeline } from '../session/pipeline.ts';
import type { ClusterInfo } from './cluster-lines.ts';
import type { Orders } from './orders.ts';
import type { RefusedLogins } from './refused-logins.ts';
import type { Counters, ServerStats } from './server-stats.ts';
import type { ServerSettings } from './settings.ts';
import type { Users } from './users.ts';
import type { Workers } from './workers.ts';

/** A connection, for those who ask what the server is doing. */
export interface ConnectionInfo {
  /** Ascending in the order in which they came. */
  readonly id: number;
  readonly client: Client;
  readonly activity: string;
  readonly secondsIdle: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What the commands of all connections share. */
export interface ServerContext {
  readonly engine: QueueEngine;
  readonly stats: ServerStats;
  /** Those in force: to be read anew at each use. */
  readonly settings: ServerSettings;
  /** Who may log in, to be read as the settings are; undefined when everybody may do everything. */
  readonly users: Users | undefined;
  readonly refusedLogins: RefusedLogins;
  readonly orders: Orders;
  readonly workers: Workers;
  readonly connections: ReadonlySet<ConnectionInfo>;
  /** Bytes that there is space for altogether, with those that are taken. */
  capacity(): number;
  /** Undefined where this server has a log of its own. */
  readonly cluster?: ClusterInfo | undefined;
}

/** What the requests of one connection are run with. */
export class Context {
  readonly server: ServerContext;
  readonly engine: QueueEngine;
  readonly client: Client;
  readonly pipeline: Pipeline;

  constructor(server: ServerContext, client: Client, pipeline: Pipeline) {
    this.server = server;
    this.engine = server.engine;
    this.client = client;
    this.pipeline = pipeline;
  }

  get counters(): Counters {
    return this.server.stats.counters;
  }
}
