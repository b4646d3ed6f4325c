import { utf8AsLatin1 } from '../../shared/latin1.ts';
import { VERSION } from '../../shared/version.ts';
import type { QueueEngine } from '../engine/api.ts';
import { clientError } from '../protocol/problem.ts';
import type { Request } from '../protocol/request.ts';
import { unsigned } from '../protocol/words.ts';
import { Exchange, type Pipeline } from '../session/pipeline.ts';
import { clusterLines } from './cluster-lines.ts';
import type { ConnectionInfo, Context, ServerContext } from './context.ts';
import { policyLines, settingLines } from './settings.ts';

type Lines = Iterable<readonly [name: string, value: string | number]>;

/** Queues that are told of at a time: in one reply, or, where all are to be in one, in one turn. */
const PAGE_SIZE = 1000;

/** `stats [what [from where, or of which queue]]`. */
export function stats(context: Context, request: Request): void {
  const { server, engine, pipeline } = context;
  const { argument } = request;
  if (argument.startsWith('queues ')) {
    const cursor = unsigned(argument.slice('queues '.length));
    if (cursor !== undefined) return answer(context, request, queueDetails(engine, cursor));
  }
  const [, queue] = /^settings ([^ ]+)$/.exec(argument) ?? [];
  if (queue !== undefined) return answer(context, request, policyLines(engine.policy(queue)));
  switch (argument) {
    case '':
      return answer(context, request, general(server));
    case 'queue':
      return new SetsAndGets(context, request).start();
    case 'queues':
      return answer(context, request, queueDetails(engine, 0));
    case 'conns':
      return answer(context, request, connections(server.connections));
    case 'settings':
      return answer(context, request, settingLines(server.settings, ifKnown(server.capacity)));
    case 'slabs':
      return answer(context, request, NO_SLABS);
    case 'items':
    case 'sizes':
      return answer(context, request, []);
    case 'reset':
      reset(server);
      return pipeline.answer(request, pipeline.encoder.statsReset(request));
    default:
      return pipeline.refuse(request, clientError(`stats "${argument}" is not known`));
  }
}

/** As memcached with nothing in it. */
const NO_SLABS: Lines = [
  ['active_slabs', 0],
  ['total_malloced', 0],
];

function answer({ pipeline }: Context, request: Request, lines: Lines): void {
  const exchange = new Exchange(pipeline, request);
  // Before the lines are made: `stats conns` tells that its own connection is working.
  pipeline.enter(exchange);
  exchange.answer(textOf(pipeline, request, lines) + pipeline.encoder.statsEnd(request));
}

function textOf({ encoder }: Pipeline, request: Request, lines: Lines): string {
  let text = '';
  for (const [name, value] of lines) text += encoder.stat(request, name, String(value));
  return text;
}

/** All names that memcached 1.6 has: `0` where there is no such thing in a queue. */
function* general({
  engine,
  stats: { startedAt, counters },
  connections,
  settings,
  capacity,
  cluster,
}: ServerContext): Lines {
  const all = engine.stats();
  const { user, system } = process.cpuUsage();
  const traffic = trafficOf(connections);
  yield ['pid', process.pid];
  // Tools divide by it.
  yield ['uptime', Math.max(1, Math.floor((Date.now() - startedAt) / 1000))];
  yield ['time', Math.floor(Date.now() / 1000)];
  yield ['version', VERSION];
  yield ['pointer_size', 64];
  yield ['rusage_user', (user / 1e6).toFixed(6)];
  yield ['rusage_system', (system / 1e6).toFixed(6)];
  yield ['max_connections', settings.maxConnections];
  yield ['curr_connections', connections.size];
  yield ['total_connections', counters.totalConnections];
  yield ['rejected_connections', counters.rejectedConnections];
  yield ['connection_structures', connections.size];
  yield ['cmd_get', counters.getCommands];
  yield ['cmd_set', counters.setCommands];
  yield ['cmd_flush', counters.flushCommands];
  yield ['cmd_touch', counters.touchCommands];
  yield ['cmd_meta', counters.metaCommands];
  yield ['get_hits', counters.getHits];
  yield ['get_misses', counters.getMisses];
  yield ['get_expired', all.expired];
  yield ['delete_hits', counters.deleteHits];
  yield ['delete_misses', counters.deleteMisses];
  yield ['incr_misses', counters.incrMisses];
  yield ['decr_misses', counters.decrMisses];
  yield ['cas_misses', counters.casMisses];
  yield ['touch_hits', counters.touchHits];
  yield ['touch_misses', counters.touchMisses];
  yield ['store_too_large', counters.tooLarge];
  yield ['store_no_memory', counters.noSpace];
  yield ['auth_cmds', counters.authCommands];
  yield ['auth_errors', counters.authErrors];
  yield ['bytes_read', counters.endedBytesRead + traffic.read];
  // Of what was sent when the counting began again, some may never have arrived.
  yield ['bytes_written', Math.max(0, counters.endedBytesWritten + traffic.written)];
  yield ['limit_maxbytes', ifKnown(capacity)];
  yield ['accepting_conns', 1];
  yield ['threads', 1];
  yield ['conn_yields', counters.yields];
  yield ['idle_kicks', counters.idleKicks];
  yield ['bytes', all.bytes];
  yield ['curr_items', all.messages];
  yield ['total_items', all.enqueued];
  yield ['evictions', all.dropped];
  yield ['reclaimed', all.expired];
  for (const name of NEVER) yield [name, 0];
  yield ['failed_dropped', all.failedDropped];
  yield ['queues', all.queues];
  yield ['rss', ifKnown(process.memoryUsage.rss)];
  yield* clusterLines(cluster);
  yield* all.details;
}

/** A figure that the system may not tell at the moment, since a directory is gone or no descriptor is left: then 0. */
function ifKnown(figure: () => number): number {
  try {
    return figure();
  } catch {
    return 0;
  }
}

/** What memcached counts, and never happens here. */
const NEVER = [
  'slab_global_page_pool',
  'slab_reassign_rescues',
  'slab_reassign_chunk_rescues',
  'slab_reassign_evictions_nomem',
  'slab_reassign_inline_reclaim',
  'slab_reassign_busy_items',
  'slab_reassign_busy_deletes',
  'lru_crawler_running',
  'lru_crawler_starts',
  'lru_maintainer_juggles',
  'log_worker_dropped',
  'log_worker_written',
  'log_watcher_skipped',
  'log_watcher_sent',
  'log_watchers',
  'response_obj_oom',
  'response_obj_count',
  'response_obj_bytes',
  'read_buf_count',
  'read_buf_bytes',
  'read_buf_bytes_free',
  'read_buf_oom',
  'unexpected_napi_ids',
  'round_robin_fallback',
  'get_flushed',
  'incr_hits',
  'decr_hits',
  'cas_hits',
  'cas_badval',
  'listen_disabled_num',
  'time_in_listen_disabled_us',
  'reserved_fds',
  'hash_power_level',
  'hash_bytes',
  'hash_is_expanding',
  'slab_reassign_running',
  'slabs_moved',
  'malloc_fails',
  'expired_unfetched',
  'evicted_unfetched',
  'evicted_active',
  'crawler_reclaimed',
  'crawler_items_checked',
  'lrutail_reflocked',
  'moves_to_cold',
  'moves_to_warm',
  'moves_within_lru',
  'direct_reclaims',
  'lru_bumps_dropped',
];

/** Bytes of the connections that there are. */
function trafficOf(connections: Iterable<ConnectionInfo>): { read: number; written: number } {
  const traffic = { read: 0, written: 0 };
  for (const { bytesRead, bytesWritten } of connections) {
    traffic.read += bytesRead;
    traffic.written += bytesWritten;
  }
  return traffic;
}

function reset({ engine, stats, connections }: ServerContext): void {
  const { read, written } = trafficOf(connections);
  stats.reset();
  stats.counters.endedBytesRead = -read;
  stats.counters.endedBytesWritten = -written;
  engine.resetStats();
}

/**
 * As MemcacheQ has it: `STAT <queue> <sets>/<gets>`, all queues in one reply. It is made over several turns, in
 * which the other connections have theirs; nothing behind it is run meanwhile.
 */
class SetsAndGets extends Exchange {
  readonly #engine: QueueEngine;
  #text = '';

  constructor({ engine, pipeline }: Context, request: Request) {
    super(pipeline, request);
    this.#engine = engine;
  }

  start(): void {
    this.pipeline.enter(this);
    this.#page(0);
    if (this.reply === undefined) this.pipeline.block(this);
  }

  #page(cursor: number): void {
    if (this.pipeline.isClosed) return;
    const { pipeline, request } = this;
    const { queues, next } = this.#engine.page(cursor, PAGE_SIZE);
    this.#text += textOf(
      pipeline,
      request,
      queues.map(({ name, enqueued, taken }) => [name, `${enqueued}/${taken}`]),
    );
    if (next === undefined) this.answer(this.#text + pipeline.encoder.statsEnd(request));
    else setImmediate(() => this.#page(next));
  }
}

/** `STAT <queue>:<figure> <value>`, queues in no particular order; behind a full page where to go on, if there is more. */
function* queueDetails(engine: QueueEngine, cursor: number): Lines {
  const { queues, next } = engine.page(cursor, PAGE_SIZE);
  for (const queue of queues) {
    const { name } = queue;
    yield [`${name}:waiting`, queue.ready];
    yield [`${name}:delayed`, queue.delayed];
    yield [`${name}:reserved`, queue.reserved];
    yield [`${name}:failed`, queue.failed];
    yield [`${name}:bytes`, queue.bytes];
    yield [`${name}:oldest_age`, queue.oldestAge];
    yield [`${name}:enqueued`, queue.enqueued];
    yield [`${name}:taken`, queue.taken];
    yield [`${name}:acknowledged`, queue.acknowledged];
    yield [`${name}:expired`, queue.expired];
    yield [`${name}:dropped`, queue.dropped];
    yield [`${name}:failed_dropped`, queue.failedDropped];
    yield [`${name}:cancelled`, queue.cancelled];
    yield [`${name}:paused`, queue.paused ? 'yes' : 'no'];
    yield [`${name}:held`, queue.held];
    yield [`${name}:held_by`, queue.heldBy ?? 'nothing'];
    yield [`${name}:waiters`, queue.waiters];
  }
  // No queue has a name that begins with $.
  if (next !== undefined) yield ['$next', next];
}

/** `STAT <connection>:<what> <value>`, as memcached; and what each holds. */
function* connections(all: Iterable<ConnectionInfo>): Lines {
  for (const { id, client, activity, secondsIdle } of all) {
    yield [`${id}:addr`, client.address];
    yield [`${id}:state`, activity];
    yield [`${id}:secs_since_last_cmd`, secondsIdle];
    const held = client.leases.queues();
    if (held.length > 0) yield [`${id}:open`, held.join(',')];
    if (client.watchList !== undefined) yield [`${id}:watch`, client.watchList.text];
    if (client.info !== '') yield [`${id}:client`, utf8AsLatin1(client.info)];
  }
}
