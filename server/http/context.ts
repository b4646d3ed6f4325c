import type { Socket } from 'node:net';
import type { Logger } from '../../shared/logger.ts';
import type { QueueEngine, QueueName } from '../engine/api.ts';
import type { AuditLog } from './audit.ts';
import type { QueueActions } from './queue-actions.ts';
import type { Sampler } from './sampler.ts';

/** What is known of a worker process by what its connections say. Times are milliseconds since the epoch. */
export interface WorkerView {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly program: string;
  readonly version: string;
  /** `daemon`, or `cron`. */
  readonly role: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly busy: number;
  readonly rss: number;
  readonly cpu: number;
  /** Undefined where it does not say; `lastOrder`: of those that are about all of it. */
  readonly state: 'running' | 'quiet' | 'stopping' | undefined;
  readonly lastOrder: 'quiet' | 'stop' | undefined;
  readonly connections: number;
  readonly seenAt: number;
  readonly startedAt: number;
}

export interface WorkersView {
  all(): readonly WorkerView[];
  /** False where there is no such worker. */
  quiet(id: string): boolean;
  stop(id: string): boolean;
}

export interface ConnectionView {
  readonly id: number;
  readonly client: { readonly address: string; readonly worker: string };
  readonly activity: string;
  readonly secondsIdle: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** How the database is that keeps the log of a cluster. */
export interface DatabaseView {
  /** The host that is used, and its timeline; '' and 0 where there is none. */
  readonly host: string;
  readonly timeline: number;
  /** What a failover of it can lose, in a line. */
  readonly promise: string;
  readonly isReplicated: boolean;
  readonly standbys: number;
  readonly waitsFor: number;
  /** Hosts that accept writes: more than one is a split brain. */
  readonly writableHosts: number;
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
  /** Why nothing can be written; undefined where it can. */
  readonly refusal: string | undefined;
  /** It keeps what is trimmed on its disk. */
  readonly oldestSnapshotMs: number;
}

/** What a server of a cluster knows of that. */
export interface ClusterView {
  readonly name: string;
  readonly role: 'joining' | 'following' | 'taking-over' | 'leading' | 'handing-over' | 'stuck';
  readonly epoch: number;
  /** HOST:PORT of the one that leads, for other servers; undefined where that is not known. */
  readonly leader: string | undefined;
  /** Bytes that are committed and not applied here. */
  readonly lag: number;
  readonly members: readonly {
    readonly id: string;
    readonly address: string;
    readonly version: string;
    readonly applied: number;
    readonly isJoining: boolean;
    readonly seenMs: number;
  }[];
  readonly database: DatabaseView | undefined;
  /** How far the leader's clock is ahead of this machine's, milliseconds. */
  readonly clockDifference: number;
  /** How often the database came back without what it had acknowledged. */
  readonly lostRecords: number;
  /** Connections of clients that are held until somebody leads, or passed to the leader; and those and their bytes since the start. */
  readonly passing: {
    readonly held: number;
    readonly passed: number;
    readonly total: number;
    readonly bytesRead: number;
    readonly bytesWritten: number;
  };
  readonly health: Health;
  /** To the leader's HTTP, for a client that is connected by that socket; undefined where nobody is known to lead. */
  connectToLeader(client: Socket): Socket | undefined;
}

export type Health =
  | 'starting'
  | 'ok'
  | 'stopping'
  | 'disk-full'
  | 'log-failed'
  | 'no-leader'
  | 'database-away'
  | 'cannot-follow';

/** What the routes stand on: the engine, and what the rest of the server tells of itself. */
export interface HttpContext {
  readonly engine: QueueEngine;
  readonly workers: WorkersView;
  readonly connections: ReadonlySet<ConnectionView>;
  readonly sampler: Sampler;
  readonly audit: AuditLog;
  readonly queueActions: QueueActions;
  readonly logger: Logger;
  readonly startedAt: number;
  readonly health: () => Health;
  /** Aborted when the server begins to stop: whoever waits is to be answered then. */
  readonly stopping: AbortSignal;
  /** Most bytes of a message. */
  readonly maxItemSize: () => number;
  readonly maxWaitMs: () => number;
  /** `stats settings`, as names and values. */
  readonly settings: () => Iterable<readonly [string, string]>;
  /** Which section of the configuration has set what of a queue's policy, by the section's keys. */
  readonly policySources: (queue: QueueName) => ReadonlyMap<string, string>;
  /** The policy of a queue, as names and values. */
  readonly policy: (queue: QueueName) => Iterable<readonly [string, string | number]>;
  /** How many queues have metrics of their own. */
  readonly metricsQueues: () => number;
  /** Of memcache commands, by name, since the start; a `stats reset` does not touch them. */
  readonly commands: () => Readonly<Record<string, number>>;
  readonly outdated: () => readonly string[];
  readonly isReadonly: boolean;
  /** '' or a path that begins with a slash and does not end with one. */
  readonly basePath: string;
  /** Where memcache clients connect. */
  readonly memcache: { readonly host: string; readonly port: number } | undefined;
  readonly unixSocket: string | undefined;
  /** Undefined where this server has a log of its own. */
  readonly cluster: ClusterView | undefined;
}
