import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { ServerContext } from '../../server/commands/context.ts';
import { createDispatch } from '../../server/commands/dispatch.ts';
import { Orders } from '../../server/commands/orders.ts';
import { RefusedLogins } from '../../server/commands/refused-logins.ts';
import { ServerStats } from '../../server/commands/server-stats.ts';
import type { Users } from '../../server/commands/users.ts';
import { Workers } from '../../server/commands/workers.ts';
import { readConfig } from '../../server/config/config.ts';
import type { TlsFiles } from '../../server/net/certificates.ts';
import { Door } from '../../server/net/door.ts';
import type { Leader } from '../../server/net/leader.ts';
import { Listener } from '../../server/net/listener.ts';
import { PeerListener } from '../../server/net/peer-listener.ts';
import type { Logger } from '../../shared/logger.ts';
import { TestEngine } from './local-engine.ts';

interface Options {
  readonly tls?: TlsFiles;
  readonly users?: Users;
  readonly maxConnections?: number;
  readonly descriptors?: number;
  readonly holdMs?: number;
  readonly headerMs?: number;
  /** False: as if it were the only one. */
  readonly handsOver?: boolean;
}

/** A line of the log. */
export type Entry = Record<string, unknown> & { readonly msg: string };

/** A server of a cluster in this process, as far as connections go, until the test is over. It serves at first. */
export async function startMember({
  tls,
  users,
  maxConnections = 100,
  descriptors = 100_000,
  holdMs = 300_000,
  headerMs = 300_000,
  handsOver = true,
}: Options = {}) {
  const { engine } = await TestEngine.openInMemory();
  const config = await readConfig(
    [{ name: 'memory', text: 'yes', where: '--memory', directory: '' }],
    undefined,
  );
  const settings = { ...config, maxConnections };
  const log: Entry[] = [];
  const logger = loggerInto(log);
  const stats = new ServerStats();
  const orders = new Orders(() => Date.now());
  const workers = new Workers(orders, () => Date.now());
  const door = new Door({ holdMs, logger });
  const listener = new Listener({
    engine,
    limits: settings,
    logger,
    counts: stats.counters,
    createDispatch: (client, pipeline) => createDispatch(commands, client, pipeline),
    left: (client) => workers.left(client),
    descriptors,
    tls,
    handsOver,
    door,
  });
  const commands: ServerContext = {
    engine,
    stats,
    settings,
    users,
    refusedLogins: new RefusedLogins(logger),
    orders,
    workers,
    connections: listener.connections,
    capacity: () => 0,
    cluster: undefined,
  };
  const id = randomUUID();
  const takers = { memcache: listener.takePassed.bind(listener) };
  const peers = new PeerListener({ id, logger, takers }, headerMs);
  onTestFinished(async () => {
    peers.close();
    await listener.stop(0);
    await engine.close();
  });
  const port = await listener.listenTcp(0, '127.0.0.1');
  const leader: Leader = { host: '127.0.0.1', port: await peers.listen(0, '127.0.0.1'), id };
  return { port, leader, door, listener, peers, stats, log, engine };
}

export type Member = Awaited<ReturnType<typeof startMember>>;

/** One that leads, and one that follows it. */
export async function startPair(leading: Options = {}, following: Options = leading) {
  const leader = await startMember(leading);
  const follower = await startMember(following);
  follower.door.mode = { kind: 'pass', leader: leader.leader };
  return { leader, follower };
}

function loggerInto(log: Entry[]): Logger {
  const add = (fields: object | string, msg: string) =>
    log.push(typeof fields === 'string' ? { msg: fields } : { ...fields, msg });
  return { debug: add, info: add, warn: add, error: add, fatal: add } as unknown as Logger;
}
