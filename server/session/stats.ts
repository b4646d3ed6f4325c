import { VERSION } from '../../shared/version.ts';
import type { Command } from '../protocol/command.ts';
import type { Reply } from '../protocol/replies.ts';
import { client, refuse } from './execute.ts';
import { Exchange } from './exchange.ts';
import type { Session } from './session.ts';

type Lines = Iterable<readonly [name: string, value: string | number]>;

/** `stats [what]`. */
export function stats(session: Session, command: Command): void {
  const { engine, stats: counters } = session.context;
  switch (command.argument) {
    case '':
      return answer(session, command, general(session));
    case 'queue':
      return answer(session, command, perQueue(session));
    case 'settings':
      return answer(session, command, settings(session));
    case 'items':
    case 'slabs':
    case 'sizes':
      return answer(session, command, []);
    case 'reset': {
      counters.reset();
      engine.resetStats();
      const exchange = new Exchange(session, command);
      session.enter(exchange);
      exchange.settle(command.frame === undefined ? 'RESET\r\n' : session.replies.statsEnd(command));
      return;
    }
    default:
      return refuse(session, command, client(`stats "${command.argument}" is not known`));
  }
}

function answer(session: Session, command: Command, lines: Lines): void {
  const exchange = new Exchange(session, command);
  session.enter(exchange);
  const parts: string[] = [];
  for (const [name, value] of lines) parts.push(session.replies.stat(command, name, String(value)) as string);
  parts.push(session.replies.statsEnd(command) as string);
  exchange.settle(parts.join('') satisfies Reply);
}

/** Names as memcached's, where it has the thing. */
function* general(session: Session): Lines {
  const { engine, stats: counters, config } = session.context;
  const all = engine.stats();
  const { user, system } = process.cpuUsage();
  yield ['pid', process.pid];
  yield ['uptime', Math.floor((Date.now() - counters.startedAt) / 1000)];
  yield ['time', Math.floor(Date.now() / 1000)];
  yield ['version', VERSION];
  yield ['pointer_size', 64];
  yield ['rusage_user', (user / 1e6).toFixed(6)];
  yield ['rusage_system', (system / 1e6).toFixed(6)];
  yield ['max_connections', config.maxConnections];
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

/** As MemcacheQ has it: `STAT <queue> <sets>/<gets>`. */
function* perQueue(session: Session): Lines {
  const { engine } = session.context;
  for (const name of engine.list()) {
    const queue = engine.queueStats(name);
    if (queue !== undefined) yield [name, `${queue.enqueued}/${queue.taken}`];
  }
}

function* settings(session: Session): Lines {
  const { config } = session.context;
  yield ['maxconns', config.maxConnections];
  yield ['tcpport', config.port ?? 0];
  yield ['inter', config.address];
  yield ['verbosity', config.verbosity];
  yield ['domain_socket', config.unixSocket ?? 'NULL'];
  yield ['item_size_max', config.maxItemSize];
  yield ['flush_enabled', config.flushAllDisabled ? 'no' : 'yes'];
  yield ['data', config.dataDirectory ?? 'memory'];
  yield ['sync', config.sync];
  yield ['sync_interval_ms', config.syncIntervalMs];
  yield ['segment_size', config.segmentSize];
  yield ['cache_size', config.cacheSize];
  yield ['max_attempts', config.maxAttempts];
  yield ['backoff', config.backoff.kind === 'fixed' ? `fixed:${config.backoff.seconds}` : config.backoff.kind];
  yield ['exptime', config.ignoreExptime ? 'ignore' : 'honour'];
  yield ['grace_ms', config.graceMs];
}
