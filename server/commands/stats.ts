import { VERSION } from '../../shared/version.ts';
import type { Command } from '../protocol/request.ts';
import { unsigned } from '../protocol/words.ts';
import { clientError, Exchange, refuse } from '../session/pipeline.ts';
import type { Session } from '../session/session.ts';
import { utf8AsLatin1 } from './readable-name.ts';
import { queueSettings, settings } from './settings.ts';

type Lines = Iterable<readonly [name: string, value: string | number]>;

/** Queues that are told of at a time: in one answer, or, where all are to be in one, in one turn. */
const PAGE_SIZE = 1000;

/** `stats [what [from where, or of which queue]]`. */
export function stats(session: Session, command: Command): void {
  const { engine, stats: counters } = session.context;
  const { argument } = command;
  if (argument.startsWith('queues ')) {
    const cursor = unsigned(argument.slice('queues '.length));
    if (cursor !== undefined) return answer(session, command, queueDetails(session, cursor));
  }
  const [, queue] = /^settings ([^ ]+)$/.exec(argument) ?? [];
  if (queue !== undefined) return answer(session, command, queueSettings(session, queue));
  switch (argument) {
    case '':
      return answer(session, command, general(session));
    case 'queue':
      return new SetsAndGets(session, command).start();
    case 'queues':
      return answer(session, command, queueDetails(session, 0));
    case 'conns':
      return answer(session, command, connections(session));
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
      exchange.settle(command.frame === undefined ? 'RESET\r\n' : command.replies.statsEnd(command));
      return;
    }
    default:
      return refuse(session, command, clientError(`stats "${argument}" is not known`));
  }
}

function answer(session: Session, command: Command, lines: Lines): void {
  const exchange = new Exchange(session, command);
  session.enter(exchange);
  exchange.settle(textOf(command, lines) + command.replies.statsEnd(command));
}

function textOf(command: Command, lines: Lines): string {
  let text = '';
  for (const [name, value] of lines) text += command.replies.stat(command, name, String(value));
  return text;
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

/**
 * As MemcacheQ has it: `STAT <queue> <sets>/<gets>`, all queues in one answer. It is made over several turns, in
 * which the other connections have theirs; nothing behind it is run meanwhile.
 */
class SetsAndGets extends Exchange {
  #text = '';

  start(): void {
    this.session.enter(this);
    this.#page(0);
    if (this.reply === undefined) this.session.block(this);
  }

  #page(cursor: number): void {
    if (this.session.isClosed) return;
    const { command } = this;
    const { queues, next } = this.session.context.engine.page(cursor, PAGE_SIZE);
    this.#text += textOf(
      command,
      queues.map(({ name, enqueued, taken }) => [name, `${enqueued}/${taken}`]),
    );
    if (next === undefined) this.settle(this.#text + command.replies.statsEnd(command));
    else setImmediate(() => this.#page(next));
  }
}

/** `STAT <queue>:<figure> <value>`, queues in no particular order; behind a full page where to go on, if there is more. */
function* queueDetails(session: Session, cursor: number): Lines {
  const { queues, next } = session.context.engine.page(cursor, PAGE_SIZE);
  for (const queue of queues) {
    const { name } = queue;
    yield [`${name}:waiting`, queue.waiting];
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
function* connections(session: Session): Lines {
  for (const { id, session: other, remote, secondsIdle } of session.context.connections()) {
    yield [`${id}:addr`, remote];
    yield [`${id}:state`, other.activity];
    yield [`${id}:secs_since_last_cmd`, secondsIdle];
    const open = other.reservations.queues();
    if (open.length > 0) yield [`${id}:open`, open.join(',')];
    if (other.watchList !== undefined) yield [`${id}:watch`, other.watchList.text];
    if (other.clientInfo !== '') yield [`${id}:client`, utf8AsLatin1(other.clientInfo)];
  }
}
