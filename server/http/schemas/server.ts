import { z } from '@hono/zod-openapi';
import { ErrorGroup } from './actions.ts';
import { listOf, MaybeTime, QueueNames, Time } from './common.ts';

export const Condition = z.object({
  code: z.enum([
    ...(['disk-full', 'log-failed', 'no-readers', 'queue-full', 'schedule-late', 'stopping'] as const),
    ...(['database-away', 'database-trouble', 'not-replicated', 'records-lost'] as const),
  ]),
  queue: z.object(QueueNames).nullable(),
  text: z.string(),
});

export const Cluster = z
  .object({
    name: z.string(),
    role: z.enum(['joining', 'following', 'taking-over', 'leading', 'handing-over', 'stuck']),
    epoch: z.int(),
    leader: z.string().nullable().describe('Where other servers reach the one that leads'),
    lag_bytes: z.int().describe('Committed, and not applied by this server yet'),
    clock_difference: z.number().describe("How far the leader's clock is ahead of this machine's, seconds"),
    lost_records: z.int().describe('How often the database came back without what it had acknowledged'),
    members: z.array(
      z.object({
        address: z.string(),
        version: z.string(),
        applied: z.int().describe('All before this position is applied'),
        joining: z.boolean(),
        seen_seconds_ago: z.number(),
      }),
    ),
    database: z
      .object({
        host: z.string(),
        timeline: z.int(),
        promise: z.string().describe('What a failover of it can lose'),
        replicated: z.boolean(),
        standbys: z.int(),
        waits_for: z.int().describe('How many of them a commit waits for'),
        problems: z.array(z.string()),
        refusal: z.string().nullable().describe('Why nothing can be written; null where it can'),
      })
      .nullable(),
  })
  .openapi('Cluster');
export type Cluster = z.infer<typeof Cluster>;

export const ServerInfo = z
  .object({
    version: z.string(),
    node: z.string(),
    pid: z.int(),
    started_at: Time,
    now: Time,
    health: z.enum([
      ...(['ok', 'starting', 'stopping', 'disk-full', 'log-failed'] as const),
      ...(['no-leader', 'database-away', 'cannot-follow'] as const),
    ]),
    user: z.string().nullable().describe('Who the client is; null where nobody logs in'),
    role: z.string().describe('Who the client is here: viewer, operator, admin'),
    readonly: z.boolean(),
    limits: z.record(z.string(), z.number()),
    base_path: z.string().describe("What stands before all paths, such as /memq; '' where nothing does"),
    memcache: z
      .object({ host: z.string(), port: z.int() })
      .nullable()
      .describe('Where memcache clients connect; null where there is no such port'),
    unix_socket: z.string().nullable().describe('The same, of a socket'),
    connections: z.int(),
    memory_bytes: z.int(),
    cluster: Cluster.nullable().describe('Null where this server has a log of its own'),
  })
  .openapi('ServerInfo');
export type ServerInfo = z.infer<typeof ServerInfo>;

/** Why somebody should look. */
export type Condition = z.infer<typeof Condition>;

export const Overview = z
  .object({
    queues: z.int(),
    ready: z.int(),
    delayed: z.int(),
    reserved: z.int(),
    failed: z.int(),
    workers: z.int(),
    oldest: z.object({ queue: z.object(QueueNames), age: z.int() }).nullable(),
    rates: z.object({ in: z.number(), out: z.number(), failed: z.number() }),
    counts: z.record(z.string(), z.int()),
    conditions: z.array(Condition).describe('What is wrong; of queues and jobs the first 20'),
    top_errors: z.array(ErrorGroup),
    oldest_running: z.object({ ref: z.string(), queue: z.object(QueueNames), started_at: Time }).nullable(),
  })
  .openapi('Overview');
export type Overview = z.infer<typeof Overview>;

export const Settings = z
  .object({
    settings: z.array(z.object({ name: z.string(), value: z.string() })),
    outdated: z.array(z.string()),
  })
  .openapi('Settings');
export type Settings = z.infer<typeof Settings>;

export const AuditEntry = z
  .object({
    at: Time,
    user: z.string().nullable(),
    address: z.string(),
    action: z.string(),
    target: z.string(),
    status: z.int(),
  })
  .openapi('AuditEntry');
export type AuditEntry = z.infer<typeof AuditEntry>;
export const AuditList = listOf(AuditEntry, 'AuditList');
export type AuditList = z.infer<typeof AuditList>;

export const Worker = z
  .object({
    id: z.string(),
    host: z.string().nullable(),
    pid: z.int().nullable(),
    program: z.string().nullable(),
    version: z.string().nullable(),
    role: z.string().nullable(),
    queues: z.array(z.string()),
    concurrency: z.int().nullable(),
    busy: z.int().nullable(),
    rss_bytes: z.int().nullable(),
    cpu: z.number().nullable().describe('Of one processor, 0 to 1'),
    state: z.enum(['running', 'quiet', 'stopping', 'unknown']),
    connections: z.int().describe('0: it has gone a moment ago'),
    ordered: z.enum(['quiet', 'stop']).nullable().describe('What it was told last'),
    seen_at: MaybeTime,
    started_at: MaybeTime,
  })
  .openapi('Worker');
export type Worker = z.infer<typeof Worker>;
export const WorkerList = listOf(Worker, 'WorkerList');
export type WorkerList = z.infer<typeof WorkerList>;

export const Connection = z
  .object({
    id: z.int(),
    address: z.string(),
    worker: z.string().nullable(),
    activity: z.string(),
    seconds_idle: z.number(),
    bytes_read: z.int(),
    bytes_written: z.int(),
  })
  .openapi('Connection');
export type Connection = z.infer<typeof Connection>;
export const ConnectionList = listOf(Connection, 'ConnectionList');
export type ConnectionList = z.infer<typeof ConnectionList>;

export const ScheduledJob = z
  .object({
    name: z.string(),
    key: z.string().describe('As it stands in a path'),
    queue: z.object(QueueNames),
    cron: z.string(),
    timezone: z.string().nullable(),
    ref: z.string().nullable(),
    state: z.enum(['waiting', 'ready', 'running', 'disabled']),
    disabled: z.boolean().describe('Its times pass without a run; one that has come goes on'),
    due_at: MaybeTime.describe('Of one that is ready: since when'),
    next_at: MaybeTime,
    runs: z.array(z.object({ outcome: z.string(), at: Time, error: z.string().nullable() })),
  })
  .openapi('ScheduledJob');
export type ScheduledJob = z.infer<typeof ScheduledJob>;
export const ScheduleList = listOf(ScheduledJob, 'ScheduleList');
export type ScheduleList = z.infer<typeof ScheduleList>;
