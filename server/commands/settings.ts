import type { ServerConfig } from '../config/config.ts';
import type { QueueName, ScheduledJob } from '../engine/api.ts';
import type { Backoff } from '../engine/policy.ts';
import { MAX_KEY_LENGTH } from '../protocol/key.ts';
import { MAX_OUTPUT, type Session } from '../session/session.ts';
import { readableName, utf8AsLatin1 } from './readable-name.ts';

type Line = readonly [name: string, value: string | number];

/** `stats settings`: how the server runs. */
export function* settings({ context }: Session): Iterable<Line> {
  for (const [name, value] of lines(context.config)) yield [utf8AsLatin1(name), utf8AsLatin1(String(value))];
}

/** `stats settings <queue>`: what its policy comes to, whether there is such a queue or not. */
export function* queueSettings({ context }: Session, queue: QueueName): Iterable<Line> {
  const policy = context.config.policies.of(queue);
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
}

/** Names as memcached's, where it has the thing. */
function* lines(config: ServerConfig): Iterable<Line> {
  yield ['maxconns', config.maxConnections];
  yield ['tcpport', config.tcpPort ?? 0];
  yield ['inter', config.address];
  yield ['verbosity', config.verbosity];
  yield ['domain_socket', config.unixSocket ?? 'NULL'];
  yield ['umask', config.unixMode.toString(8)];
  yield ['item_size_max', config.maxItemSize];
  yield ['key_length_max', MAX_KEY_LENGTH];
  yield ['max_queues', config.maxQueues];
  yield ['max_wait_ms', config.maxWaitMs];
  yield ['idle_timeout_ms', config.idleTimeoutMs];
  yield ['stalled_timeout_ms', config.stalledTimeoutMs];
  yield ['output_max', MAX_OUTPUT];
  yield ['auth_enabled_ascii', config.authFile ?? 'no'];
  yield ['auth_enabled_sasl', config.authFile === undefined ? 'no' : 'yes'];
  yield ['ssl_enabled', config.tls === undefined ? 'no' : 'yes'];
  yield ['compat', config.compat];
  yield ['flush_enabled', config.flushAllDisabled ? 'no' : 'yes'];
  yield ['data', config.dataDirectory ?? 'memory'];
  yield ['sync', config.sync];
  yield ['sync_interval_ms', config.syncIntervalMs];
  yield ['segment_size', config.segmentSize];
  yield ['cache_size', config.cacheSize];
  yield ['max_attempts', config.maxAttempts];
  yield ['backoff', backoffText(config.backoff)];
  yield ['exptime', config.policies.defaults.exptime];
  yield ['grace_ms', config.graceMs];
  yield ['config', config.file ?? 'none'];
  yield ['needs_restart', config.outdated.join(',') || 'none'];
  yield* config.policies.settings();
  yield* scheduleLines(config.schedule);
}

function* scheduleLines(jobs: readonly ScheduledJob[]): Iterable<Line> {
  for (const { name, queue, cron, body } of jobs)
    yield [`schedule:${readableName(name)}`, `${cron.pattern} ${readableName(queue)} ${body}`];
  const [job] = jobs;
  if (job === undefined) return;
  // They are the same for all, and no job can have these names.
  yield ['schedule:timezone', job.cron.timezone ?? 'local'];
  yield ['schedule:missed', job.missed];
}

function backoffText(backoff: Backoff): string {
  return backoff.kind === 'fixed' ? `fixed:${backoff.seconds}` : backoff.kind;
}
