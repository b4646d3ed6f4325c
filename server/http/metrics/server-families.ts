import { VERSION } from '../../../shared/version.ts';
import type { QueueEngine } from '../../engine/api.ts';
import type { ClusterView, HttpContext, WorkersView } from '../context.ts';
import type { Walk } from './chosen-queues.ts';
import { clusterFamilies } from './cluster-families.ts';
import type { Lag } from './event-loop-lag.ts';
import { Family, labelText, single } from './exposition.ts';
import { SYNC_BOUNDS } from './families.ts';
import { queueLabel } from './queue-label.ts';

/** What is not of a single queue. */
export function serverFamilies(context: HttpContext, walk: Walk): Family[] {
  const { engine, connections, workers } = context;
  return [
    buildFamily(),
    single('memq_queues', 'gauge', 'Queues', walk.queues),
    single('memq_queues_paused', 'gauge', 'Queues that are paused', walk.paused),
    single(
      'memq_queues_without_readers',
      'gauge',
      'Queues with something ready of which nobody has or waits for a message, without those that are paused',
      walk.withoutReaders,
    ),
    connectionFamily(connections.size),
    commandFamily(context.commands()),
    ...workerFamilies(workers),
    ...scheduleFamilies(engine),
    ...logFamilies(engine),
    ...clusterFamilies(context.cluster),
  ];
}

/** Of a server that passes its clients to another one. */
export function followerFamilies(cluster: ClusterView, startedAt: number, lag: Lag): Family[] {
  return [buildFamily(), ...clusterFamilies(cluster), ...processFamilies(startedAt, lag)];
}

export function processFamilies(startedAt: number, lag: Lag): Family[] {
  const { user, system } = process.cpuUsage();
  return [
    single('process_cpu_seconds_total', 'counter', 'Processor time', (user + system) / 1e6),
    single('process_resident_memory_bytes', 'gauge', 'Memory; 0 where it cannot be told', rss()),
    single('process_start_time_seconds', 'gauge', 'When it started', startedAt / 1000),
    single(
      'nodejs_eventloop_lag_seconds',
      'gauge',
      'How late the event loop was on the average since the last scrape',
      lag.mean,
    ),
    single(
      'nodejs_eventloop_lag_p99_seconds',
      'gauge',
      'What 1 in 100 was later than since the last scrape',
      lag.p99,
    ),
  ];
}

function buildFamily(): Family {
  const versions = labelText({ version: VERSION, node: process.version });
  return single('memq_build_info', 'gauge', 'Always 1; the labels say which version runs', 1, versions);
}

function connectionFamily(connections: number): Family {
  return single('memq_connections', 'gauge', 'Connections of memcache clients', connections);
}

function commandFamily(commands: Readonly<Record<string, number>>): Family {
  const family = new Family('memq_commands_total', 'counter', 'Commands of memcache clients');
  for (const [command, count] of Object.entries(commands)) family.add(count, labelText({ command }));
  return family;
}

function workerFamilies(workers: WorkersView): Family[] {
  const all = workers.all();
  const slots = all.reduce((sum, { concurrency }) => sum + concurrency, 0);
  const slotsBusy = all.reduce((sum, { busy }) => sum + busy, 0);
  return [
    single('memq_workers', 'gauge', 'Worker processes that are connected', all.length),
    single('memq_worker_slots', 'gauge', 'How many jobs they may run at a time', slots),
    single('memq_worker_slots_busy', 'gauge', 'How many jobs they run', slotsBusy),
  ];
}

function scheduleFamilies({ schedules, messages }: QueueEngine): Family[] {
  const last = new Family(
    'memq_schedule_last_run_timestamp_seconds',
    'gauge',
    'When the last run of a scheduled job ended',
  );
  const late = new Family(
    'memq_schedule_late_seconds',
    'gauge',
    'For how long a run of a scheduled job has been due without having begun',
  );
  for (const { name, ref, lastRun, dueAt } of schedules.all()) {
    const labels = labelText({ schedule: queueLabel(name) });
    if (lastRun !== undefined) last.add(lastRun.endedAt / 1000, labels);
    const hasBegun = ref === undefined || messages.row(ref)?.attempts !== 0;
    late.add(dueAt === 0 || hasBegun ? 0 : Math.max(0, Date.now() - dueAt) / 1000, labels);
  }
  return [last, late];
}

/** The figures of `stats` that are of the log, and what they are called here. */
const OF_LOG = [
  ['journal_bytes', 'memq_journal_bytes', 'gauge', 'Bytes of the log'],
  ['journal_live_bytes', 'memq_journal_live_bytes', 'gauge', 'Bytes of the log that still count'],
  ['journal_segments', 'memq_journal_segments', 'gauge', 'Files of the log'],
  ['journal_written_bytes', 'memq_journal_written_bytes_total', 'counter', 'Bytes written to the log'],
  [
    'journal_moved_bytes',
    'memq_journal_moved_bytes_total',
    'counter',
    'Bytes written to the log again so that files could be freed',
  ],
  ['lost_messages', 'memq_lost_messages_total', 'counter', 'Messages whose body could not be read'],
] as const;
/** And those that are `none` or tell of trouble. */
const TROUBLES = [
  ['journal_failure', 'memq_journal_failed', '1 once the log has failed: nothing is stored any more'],
  ['journal_refusal', 'memq_disk_full', '1 while the log cannot grow'],
] as const;

function logFamilies(engine: QueueEngine): Family[] {
  const { details } = engine.stats();
  const figures = OF_LOG.map(([detail, name, kind, help]) =>
    single(name, kind, help, Number(details.get(detail) ?? 0)),
  );
  const troubles = TROUBLES.map(([detail, name, help]) =>
    single(name, 'gauge', help, (details.get(detail) ?? 'none') === 'none' ? 0 : 1),
  );
  const sync = new Family('memq_journal_sync_seconds', 'histogram', 'How long the disk takes to sync');
  const { syncs } = engine.figures;
  if (syncs !== undefined) {
    const buckets = syncs.countsUpTo(SYNC_BOUNDS.map((bound) => bound * 1000));
    sync.addHistogram(SYNC_BOUNDS, buckets, { count: syncs.count, sum: syncs.sumMs / 1000 });
  }
  return [...figures, ...troubles, sync];
}

/** The system may not tell it where no descriptor is left. */
function rss(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}
