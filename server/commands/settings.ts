import { type Backoff, backoffText } from '../../shared/backoff.ts';
import { MAX_KEY_LENGTH } from '../../shared/key-length.ts';
import { readableName, utf8AsLatin1 } from '../../shared/latin1.ts';
import type { ScheduledJob } from '../engine/api.ts';
import { type Policy, rateText } from '../engine/policy.ts';
import { BACKLOG, type Limits, MAX_OUTPUT, MAX_PER_TURN } from '../session/limits.ts';

/** What the operator has set, as far as commands go by it or tell it. Sizes are bytes. */
export interface ServerSettings extends Limits {
  /** Longest wait of a read. */
  readonly maxWaitMs: number;
  readonly flushAllDisabled: boolean;
  /** Undefined for no TCP. */
  readonly tcpPort: number | undefined;
  readonly address: string;
  readonly verbosity: number;
  readonly unixSocket: string | undefined;
  readonly unixMode: number;
  readonly maxQueues: number;
  readonly authFile: string | undefined;
  readonly tls: object | undefined;
  /** Undefined when nothing is kept on the disk of this machine. */
  readonly dataDirectory: string | undefined;
  /** Where it is kept instead, for several servers. */
  readonly sharedLog: SharedLog | undefined;
  readonly sync: string;
  readonly syncIntervalMs: number;
  readonly segmentSize: number;
  readonly cacheSize: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly policies: {
    /** Of a queue that no section speaks of. */
    readonly defaults: Policy;
    /** All that is set for queues, as it was written. */
    settings(): Iterable<Line>;
  };
  readonly graceMs: number;
  /** The file of the configuration. */
  readonly file: string | undefined;
  /** What takes effect only after a restart. */
  readonly outdated: readonly string[];
  readonly schedule: readonly ShownJob[];
}

interface SharedLog {
  /** Without the password. */
  readonly shownUrl: string;
  readonly cluster: string;
  readonly schema: string;
  readonly requireStandby: boolean;
}

interface ShownJob extends ScheduledJob {
  /** What stands behind the queue's name, as it is written. */
  readonly options: string;
}

type Line = readonly [name: string, value: string | number];

/** Longest value that is shown, in characters: the Prometheus exporter gives up on a line of more than 4096 bytes. */
const MAX_SHOWN = 1000;

/** `stats settings`: how the server runs, with space for `capacity` bytes. */
export function* settingLines(settings: ServerSettings, capacity: number): Iterable<Line> {
  for (const [name, value] of lines(settings, capacity)) {
    const text = String(value);
    const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
    yield [utf8AsLatin1(name), utf8AsLatin1(shown)];
  }
}

/** `stats settings <queue>`: what its policy comes to, whether there is such a queue or not. */
export function* policyLines(policy: Policy): Iterable<Line> {
  yield ['max_items', policy.maxItems];
  yield ['max_bytes', policy.maxBytes];
  yield ['when_full', policy.whenFull];
  yield ['ttl_ms', policy.ttlMs];
  yield ['exptime', policy.exptime];
  yield ['max_attempts', policy.maxAttempts];
  yield ['backoff', backoffText(policy.backoff)];
  yield ['lease_ms', policy.leaseMs];
  yield ['dead_letter_to', policy.deadLetterTo ?? ''];
  yield ['keep_done_ms', policy.keepDoneMs];
  yield ['fanout_to', policy.fanoutTo.join(',')];
  yield ['max_running', policy.maxRunning];
  yield ['rate', policy.rate === undefined ? '' : rateText(policy.rate)];
  yield ['group_running', policy.groupRunning];
  yield ['group_turns', policy.groupTurns];
  yield ['group_order', policy.groupOrder];
  yield ['keep_failed_ms', policy.keepFailedMs];
  yield ['max_failed', policy.maxFailed];
}

/** Names as memcached's, where it has the thing or tools read it. */
function* lines(settings: ServerSettings, capacity: number): Iterable<Line> {
  yield ['maxbytes', capacity];
  yield ['maxconns', settings.maxConnections];
  yield ['tcpport', settings.tcpPort ?? 0];
  yield ['udpport', 0];
  yield ['inter', settings.address];
  yield ['verbosity', settings.verbosity];
  yield ['domain_socket', settings.unixSocket ?? 'NULL'];
  yield ['umask', settings.unixMode.toString(8)];
  yield ['evictions', settings.policies.defaults.whenFull === 'drop_oldest' ? 'on' : 'off'];
  yield ['num_threads', 1];
  yield ['reqs_per_event', MAX_PER_TURN];
  yield ['tcp_backlog', BACKLOG];
  yield* NONE_OF_OURS;
  yield ['item_size_max', settings.maxItemSize];
  yield ['key_length_max', MAX_KEY_LENGTH];
  yield ['max_queues', settings.maxQueues];
  yield ['max_wait_ms', settings.maxWaitMs];
  yield ['idle_timeout_ms', settings.idleTimeoutMs];
  yield ['stalled_timeout_ms', settings.stalledTimeoutMs];
  yield ['output_max', MAX_OUTPUT];
  yield ['auth_enabled_ascii', settings.authFile ?? 'no'];
  yield ['auth_enabled_sasl', settings.authFile === undefined ? 'no' : 'yes'];
  yield ['ssl_enabled', settings.tls === undefined ? 'no' : 'yes'];
  yield ['compat', settings.compat];
  yield ['flush_enabled', settings.flushAllDisabled ? 'no' : 'yes'];
  yield ['data', settings.dataDirectory ?? (settings.sharedLog === undefined ? 'memory' : 'database')];
  yield* sharedLogLines(settings.sharedLog);
  yield ['sync', settings.sync];
  yield ['sync_interval_ms', settings.syncIntervalMs];
  yield ['segment_size', settings.segmentSize];
  yield ['cache_size', settings.cacheSize];
  yield ['max_attempts', settings.maxAttempts];
  yield ['backoff', backoffText(settings.backoff)];
  yield ['exptime', settings.policies.defaults.exptime];
  yield ['grace_ms', settings.graceMs];
  yield ['config', settings.file ?? 'none'];
  yield ['needs_restart', settings.outdated.join(',') || 'none'];
  yield* settings.policies.settings();
  yield* scheduleLines(settings.schedule);
}

/** The password of the database is nobody's business. */
function* sharedLogLines(log: ServerSettings['sharedLog']): Iterable<Line> {
  if (log === undefined) return;
  yield ['log', log.shownUrl];
  yield ['cluster', log.cluster];
  yield ['log_schema', log.schema];
  yield ['require_standby', log.requireStandby ? 'yes' : 'no'];
}

/** What memcached has for a cache, and tools show. */
const NONE_OF_OURS: readonly Line[] = [
  ['oldest', 0],
  ['growth_factor', '1.00'],
  ['chunk_size', 0],
  ['detail_enabled', 'no'],
  ['cas_enabled', 'no'],
  ['lru_crawler', 'no'],
];

function* scheduleLines(jobs: readonly ShownJob[]): Iterable<Line> {
  for (const { name, queue, options, cron, body } of jobs)
    yield [`schedule:${readableName(name)}`, `${cron.pattern} ${readableName(queue)}${options} ${body}`];
  const [job] = jobs;
  if (job === undefined) return;
  // They are the same for all, and no job can have these names.
  yield ['schedule:timezone', job.cron.timezone ?? 'local'];
  yield ['schedule:missed', job.missed];
}
