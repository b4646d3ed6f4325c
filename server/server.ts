import { statfsSync } from 'node:fs';
import { isIP } from 'node:net';
import { totalmem } from 'node:os';
import { Condition } from '../shared/condition.ts';
import type { Logger } from '../shared/logger.ts';
import type { Mistakes } from '../shared/mistakes.ts';
import { READABLE_BY_ALL, readableByAll } from '../shared/secret-files.ts';
import type { ServerContext } from './commands/context.ts';
import { createDispatch } from './commands/dispatch.ts';
import { RefusedLogins } from './commands/refused-logins.ts';
import { ServerStats } from './commands/server-stats.ts';
import { Users } from './commands/users.ts';
import type { ServerConfig } from './config/config.ts';
import type { QueueEngine } from './engine/api.ts';
import { engineClock } from './engine/clock.ts';
import { Engine } from './engine/engine.ts';
import { LocalLog } from './engine/log/local/local-log.ts';
import { nodeFileSystem } from './engine/log/local/node-file-system.ts';
import { MemoryLog } from './engine/log/memory/memory-log.ts';
import { checkCertificates } from './net/certificates.ts';
import { descriptorsLeft } from './net/descriptors.ts';
import { Listener } from './net/listener.ts';

/** Files of the log that are kept open to be read; and of those that are written, or ready to be. */
const OPEN_FILES = 64;
const FILES = OPEN_FILES + 8;

/** How often it is looked whether all files of the log are there, milliseconds. */
const FILES_SEEN_MS = 500;

/** How far the newest record may lie from the clock before somebody is told, milliseconds. */
const FAR_FROM_CLOCK_MS = 3_600_000;

/** What a reload replaces. */
interface InForce {
  config: ServerConfig;
  users: Users | undefined;
}

/** The queue engine and its listeners, started and stopped together. */
export class Server {
  readonly #inForce: InForce;
  readonly #engine: QueueEngine;
  readonly #listener: Listener;

  private constructor(inForce: InForce, engine: QueueEngine, logger: Logger) {
    this.#inForce = inForce;
    this.#engine = engine;
    const stats = new ServerStats();
    const listener = new Listener({
      engine,
      get limits() {
        return inForce.config;
      },
      tls: inForce.config.tls,
      get counts() {
        return stats.counters;
      },
      descriptors: descriptorsLeft(FILES),
      logger,
      createDispatch: (client, pipeline) => createDispatch(commands, client, pipeline),
    });
    const commands: ServerContext = {
      engine,
      stats,
      get settings() {
        return inForce.config;
      },
      get users() {
        return inForce.users;
      },
      refusedLogins: new RefusedLogins(logger),
      connections: listener.connections,
      capacity: () => capacityOf(inForce.config, engine),
    };
    this.#listener = listener;
  }

  /** Opens the data directory and listens. Rejects with MemqErrors. */
  static async start(given: ServerConfig, logger: Logger): Promise<Server> {
    const config = withinDescriptors(given, logger);
    const inForce = { config, users: readUsers(config) };
    warnOfSecrets(config, logger);
    const engine = await openEngine(inForce, logger);
    try {
      await engine.schedule(config.schedule);
      const server = new Server(inForce, engine, logger);
      await server.#listen(logger);
      return server;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  get config(): ServerConfig {
    return this.#inForce.config;
  }

  /**
   * Works by another configuration, and by what the files of users and certificates say now. Rejects with a
   * ConfigError when there is a mistake in these, and goes on as before.
   */
  async reload(given: ServerConfig, logger: Logger): Promise<void> {
    const config = withinDescriptors(given, logger);
    const users = readUsers(config);
    this.#listener.reloadCertificates();
    warnOfSecrets(config, logger);
    this.#inForce.config = config;
    this.#inForce.users = users;
    this.#engine.policiesChanged();
    await this.#engine.schedule(config.schedule);
  }

  /** Answers what is in flight, gives back what is open and makes everything durable. */
  async stop(): Promise<void> {
    await this.#listener.stop(this.config.graceMs);
    await this.#engine.close();
  }

  async #listen(logger: Logger): Promise<void> {
    const { tcpPort: port, address, unixSocket, unixMode, authFile, tls } = this.config;
    try {
      if (port !== undefined) {
        const taken = await this.#listener.listenTcp(port, address);
        if (!isLoopback(address) && authFile === undefined && tls?.ca === undefined) {
          logger.warn(
            { address },
            'whoever reaches this address may use the queues: set --auth-file, and --tls-cert',
          );
        }
        logger.info({ address, port: taken }, 'listening');
      }
      if (unixSocket !== undefined) {
        await this.#listener.listenUnix(unixSocket, unixMode);
        logger.info({ path: unixSocket }, 'listening');
      }
    } catch (error) {
      await this.#listener.stop(0);
      throw error;
    }
  }
}

/** Opens the log and serves from it. Rejects with MemqErrors. */
async function openEngine(inForce: InForce, logger: Logger): Promise<Engine> {
  const { dataDirectory, sync, syncIntervalMs, segmentSize, cacheSize, maxQueues } = inForce.config;
  const clock = engineClock();
  const options = { clock, maxQueues, policy: (queue: string) => inForce.config.policies.of(queue) };
  if (dataDirectory === undefined) return Engine.open(MemoryLog.open({ segmentSize }), options);
  const space = new Condition(
    (error) => logger.error({ error }, 'the log cannot grow: once it is full new messages are refused'),
    () => logger.info('the log can grow again'),
  );
  const log = LocalLog.open({
    fileSystem: nodeFileSystem,
    directory: dataDirectory,
    sync,
    syncIntervalMs,
    segmentSize,
    cacheSize,
    openFiles: OPEN_FILES,
    clock,
    onSpace: (problem) => space.is(problem?.message),
    onFailure: ({ message }) =>
      logger.fatal({ error: message }, 'nothing is acknowledged any more: see to the disk, then restart'),
  });
  const engine = await Engine.open(log, options);
  setInterval(() => log.lookAfterFiles(), FILES_SEEN_MS).unref();
  const { segments, tornBytes, newest } = log.recovered;
  if (segments > 0) {
    logger.info({ ...engine.recovered, segments, tornBytes, data: dataDirectory }, 'recovered');
  }
  warnOfClock(newest, clock(), logger);
  return engine;
}

/** A clock that was wrong, or is, has messages expire and delays end at other times than was meant. */
function warnOfClock(newest: number, now: number, logger: Logger): void {
  if (newest === 0 || Math.abs(now - newest) < FAR_FROM_CLOCK_MS) return;
  const record = new Date(newest).toISOString();
  logger.warn(
    { record, clock: new Date(now).toISOString() },
    newest > now
      ? 'the newest record is from the future: see whether the clock is right'
      : 'the newest record is old: unless the server was down for so long, see whether the clock is right',
  );
}

/** The same with no more connections than there are descriptors for. Throws a ConfigError when there are none. */
function withinDescriptors(config: ServerConfig, logger: Logger): ServerConfig {
  const maxConnections = Math.min(config.maxConnections, descriptorsLeft(FILES));
  if (maxConnections === config.maxConnections) return config;
  logger.warn(
    { wanted: config.maxConnections, connections: maxConnections },
    'there are too few descriptors for all connections: raise ulimit -n (LimitNOFILE= of systemd), or set -c',
  );
  return { ...config, maxConnections };
}

/** Notes what is wrong with the files that the configuration names. */
export function checkFiles({ authFile, tls }: ServerConfig, mistakes: Mistakes): void {
  if (authFile !== undefined) Users.read(authFile, mistakes.of(authFile));
  if (tls !== undefined) checkCertificates(tls, mistakes);
}

function readUsers({ authFile }: ServerConfig): Users | undefined {
  return authFile === undefined ? undefined : Users.fromFile(authFile);
}

function warnOfSecrets({ authFile, tls }: ServerConfig, logger: Logger): void {
  for (const file of readableByAll([authFile, tls?.key])) logger.warn({ file }, READABLE_BY_ALL);
}

/** What is stored, and what there is space for besides: on the disk, or in the machine's memory. */
function capacityOf({ dataDirectory }: ServerConfig, engine: QueueEngine): number {
  if (dataDirectory === undefined) return totalmem();
  const { bavail, bsize } = statfsSync(dataDirectory);
  return engine.stats().bytes + bavail * bsize;
}

function isLoopback(address: string): boolean {
  if (isIP(address) === 4) return address.startsWith('127.');
  return address === '::1' || address === 'localhost';
}
