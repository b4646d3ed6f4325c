import { utf8AsLatin1 } from '../../shared/latin1.ts';
import { VERSION } from '../../shared/version.ts';
import type { QueueEngine } from '../engine/api.ts';
import { clientError } from '../protocol/problem.ts';
import type { Request } from '../protocol/request.ts';
import { unsigned } from '../protocol/words.ts';
import { Exchange, type Pipeline } from '../session/pipeline.ts';
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
      return answer(context, request, settingLines(server.settings));
    case 'items':
    case 'slabs':
    case 'sizes':
      return answer(context, request, []);
    case 'reset':
      context.stats.reset();
      engine.resetStats();
      return pipeline.answer(request, pipeline.encoder.statsReset(request));
    default:
      return pipeline.refuse(request, clientError(`stats "${argument}" is not known`));
  }
}

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

/** Names as memcached's, where it has the thing. */
function* general({ engine, stats: counters, settings }: ServerContext): Lines {
  const all = engine.stats();
  const { user, system } = process.cpuUsage();
  yield ['pid', process.pid];
  yield ['uptime', Math.floor((Date.now() - counters.startedAt) / 1000)];
  yield ['time', Math.floor(Date.now() / 1000)];
  yield ['version', VERSION];
  yield ['pointer_size', 64];
  yield ['rusage_user', (user / 1e6).toFixed(6)];
  yield ['rusage_system', (system / 1e6).toFixed(6)];
  yield ['max_connections', settings.maxConnections];
  yield ['curr_connections', counters.connections];
  yield ['total_connections', counters.totalConnections];
  yield ['rejected_connections', counters.rejectedConnections];
  yield ['cmd_get', counters.getCommands];
  yield ['cmd_set', counters.setCommands];
  yield ['get_hits', counters.getHits];
  yield ['get_misses', counters.getMisses];
  yield ['bytes', all.bytes];
  yield ['curr_items', all.messages];
  yield ['total_items', all.enqueued];
  yield ['queues', all.queues];
  yield ['rss', process.memoryUsage.rss()];
  yield* all.details;
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
    yield [`${name}:paused`, queue.paused ? 'yes' : 'no'];
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
