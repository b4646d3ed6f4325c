import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { Condition } from '../shared/condition.ts';
import { isLoopback } from '../shared/host.ts';
import { readableName } from '../shared/latin1.ts';
import type { Logger } from '../shared/logger.ts';
import type { Mistakes } from '../shared/mistakes.ts';
import { READABLE_BY_ALL, readableByAll } from '../shared/secret-files.ts';
import type { ServerContext } from './commands/context.ts';
import { createDispatch } from './commands/dispatch.ts';
import { Orders } from './commands/orders.ts';
import { RefusedLogins } from './commands/refused-logins.ts';
import { ServerStats } from './commands/server-stats.ts';
import { policyLines, settingLines } from './commands/settings.ts';
import { Users } from './commands/users.ts';
import { Workers } from './commands/workers.ts';
import type { ServerConfig } from './config/config.ts';
import type { CancelledLease, QueueEngine } from './engine/api.ts';
import { engineClock } from './engine/clock.ts';
import { Engine, type EngineOptions } from './engine/engine.ts';
import { LocalLog } from './engine/log/local/local-log.ts';
import { nodeFileSystem } from './engine/log/local/node-file-system.ts';
import { MemoryLog } from './engine/log/memory/memory-log.ts';
import type { HttpContext } from './http/context.ts';
import { QueueActions } from './http/queue-actions.ts';
import { Sampler } from './http/sampler.ts';
import { HttpUsers } from './http/users.ts';
import { HttpSide } from './http-side.ts';
import { checkCertificates } from './net/certificates.ts';
import { descriptorsLeft, sharedDescriptors } from './net/descriptors.ts';
import { Listener } from './net/listener.ts';
import { workerIn } from './session/client.ts';

/** Files of the log that are kept open to be read; and of those that are written, or ready to be. */
const OPEN_FILES = 64;
const FILES = OPEN_FILES + 8;

/** How often it is looked whether all files of the log are there, milliseconds. */
const FILES_SEEN_MS = 500;

/** How far the newest record may lie from the clock before somebody is told, milliseconds. */
const FAR_FROM_CLOCK_MS = 3_600_000;

/** What a reload replaces. */
interface InForce {
  /** What was written, of which `config` may have fewer connections. */
  written: ServerConfig;
  config: ServerConfig;
  users: Users | undefined;
  httpUsers: HttpUsers | undefined;
}

/** The queue engine and its listeners, started and stopped together. */
export class Server {
  readonly #inForce: InForce;
  readonly #engine: QueueEngine;
  readonly #listener: Listener;
  readonly #stats = new ServerStats();
  readonly #http: HttpSide;
  readonly #workers: Workers;
  /** Where memcache clients connect by TCP, once it listens. */
  #memcache: { readonly host: string; readonly port: number } | undefined;

  private constructor(inForce: InForce, engine: QueueEngine, orders: Orders, http: HttpSide) {
    const { logger } = http;
    this.#inForce = inForce;
    this.#engine = engine;
    this.#http = http;
    const workers = new Workers(orders, () => Date.now());
    this.#workers = workers;
    const stats = this.#stats;
    const listener = new Listener({
      engine,
      get limits() {
        return inForce.config;
      },
      tls: inForce.config.tls,
      get counts() {
        return stats.counters;
      },
      descriptors: descriptorsFor('maxConnections', inForce.config),
      logger,
      createDispatch: (client, pipeline) => createDispatch(commands, client, pipeline),
      left: (client) => workers.left(client),
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
      refusedLogins: http.refusedLogins,
      orders,
      workers,
      connections: listener.connections,
      capacity: () => capacityOf(inForce.config, engine),
    };
    this.#listener = listener;
  }

  /** Opens the data directory and listens. Rejects with MemqErrors. */
  static async start(given: ServerConfig, logger: Logger): Promise<Server> {
    const config = withinDescriptors(given, logger);
    const inForce = { written: given, config, users: readUsers(config), httpUsers: readHttpUsers(config) };
    warnOfSecrets(config, logger);
    // Whoever looks after servers is told that it starts, while the log is read.
    const http = await HttpSide.open(
      inForce,
      descriptorsFor('httpConnections', config),
      logger,
      new RefusedLogins(logger),
    );
    const clock = engineClock();
    const orders = new Orders(clock);
    const onCancelled = (lease: CancelledLease) => tellWorker(orders, lease);
    try {
      const engine = await openEngine(inForce, { clock, onCancelled }, logger);
      try {
        await engine.schedule(config.schedule);
        const server = new Server(inForce, engine, orders, http);
        await server.#listen(logger);
        http.serve(server.#httpContext());
        return server;
      } catch (error) {
        await engine.close();
        throw error;
      }
    } catch (error) {
      http.close();
      throw error;
    }
  }

  /** As it was written. */
  get config(): ServerConfig {
    return this.#inForce.written;
  }

  /**
   * Works by another configuration, and by what the files of users and certificates say now. Rejects with a
   * ConfigError when there is a mistake in these, and goes on as before.
   */
  async reload(given: ServerConfig, logger: Logger): Promise<void> {
    const config = withinDescriptors(given, logger);
    const users = readUsers(config);
    const httpUsers = readHttpUsers(config);
    this.#listener.reloadCertificates();
    this.#http.reloadCertificates();
    warnOfSecrets(config, logger);
    this.#inForce.written = given;
    this.#inForce.config = config;
    this.#inForce.users = users;
    this.#inForce.httpUsers = httpUsers;
    this.#engine.policiesChanged();
    await this.#engine.schedule(config.schedule);
  }

  /** Answers what is in flight, gives back what is open and makes everything durable. */
  async stop(): Promise<void> {
    const { graceMs } = this.config;
    // As long as it answers those that it knows it tells the others that it stops.
    await Promise.all([this.#listener.stop(graceMs), this.#http.drain(graceMs)]);
    this.#http.close();
    await this.#engine.close();
  }

  #httpContext(): HttpContext {
    const inForce = this.#inForce;
    const engine = this.#engine;
    const stats = this.#stats;
    return {
      engine,
      workers: this.#workers,
      connections: this.#listener.connections,
      sampler: new Sampler(engine),
      audit: this.#http.audit,
      queueActions: new QueueActions(stats.startedAt),
      logger: this.#http.logger,
      startedAt: stats.startedAt,
      health: () => this.#http.health(),
      stopping: this.#http.stopping,
      maxItemSize: () => inForce.config.maxItemSize,
      maxWaitMs: () => inForce.config.maxWaitMs,
      settings: () => asText(settingLines(inForce.config, capacityOf(inForce.config, engine))),
      policySources: (queue) => inForce.config.policies.sources(queue),
      policy: (queue) => policyLines(engine.policy(queue)),
      metricsQueues: () => inForce.config.metricsQueues,
      commands: () => stats.commands,
      outdated: () => inForce.config.outdated,
      get isReadonly() {
        return inForce.config.httpReadonly;
      },
      basePath: inForce.config.httpBasePath ?? '',
      memcache: this.#memcache,
      unixSocket: inForce.config.unixSocket,
    };
  }

  async #listen(logger: Logger): Promise<void> {
    const { tcpPort: port, address, unixSocket, unixMode, authFile, tls } = this.config;
    try {
      if (port !== undefined) {
        const taken = await this.#listener.listenTcp(port, address);
        this.#memcache = { host: address, port: taken };
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

function* asText(lines: Iterable<readonly [string, string | number]>): Iterable<readonly [string, string]> {
  for (const [name, value] of lines) yield [readableName(name), readableName(String(value))];
}

/** Opens the log and serves from it. Rejects with MemqErrors. */
async function openEngine(
  inForce: InForce,
  { clock, onCancelled }: Required<Pick<EngineOptions, 'clock' | 'onCancelled'>>,
  logger: Logger,
): Promise<Engine> {
  const { dataDirectory, sync, syncIntervalMs, segmentSize, cacheSize, maxQueues } = inForce.config;
  const options = {
    clock,
    onCancelled,
    maxQueues,
    policy: (queue: string) => inForce.config.policies.of(queue),
  };
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

/** The worker that runs a job which was cancelled is to give it up. */
function tellWorker(orders: Orders, { queue, jobId, token, holder, deadline }: CancelledLease): void {
  const worker = workerIn(holder);
  if (worker === '') return;
  const order = {
    order: 'cancel',
    queue: readableName(queue),
    id: readableName(jobId),
    lease: token,
  } as const;
  orders.post(worker, order, deadline);
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
  const wanted = { ...config, httpConnections: config.httpPlace === undefined ? 0 : config.httpConnections };
  const { maxConnections, httpConnections } = sharedDescriptors(descriptorsLeft(FILES), wanted);
  if (maxConnections === wanted.maxConnections && httpConnections === wanted.httpConnections) return config;
  logger.warn(
    {
      wanted: wanted.maxConnections,
      connections: maxConnections,
      ...(wanted.httpConnections > 0 && { wantedHttp: wanted.httpConnections, httpConnections }),
    },
    'there are too few descriptors for all connections: raise ulimit -n (LimitNOFILE= of systemd), or set -c and --http-conn-limit',
  );
  return { ...config, maxConnections, httpConnections };
}

/** What one side may have, connections that still agree on TLS included: all that the other side's do not need. */
function descriptorsFor(side: 'maxConnections' | 'httpConnections', config: ServerConfig): number {
  const others =
    side === 'httpConnections'
      ? config.maxConnections
      : config.httpPlace === undefined
        ? 0
        : config.httpConnections;
  return descriptorsLeft(FILES) - others;
}

/** Notes what is wrong with the files that the configuration names. */
export function checkFiles(config: ServerConfig, mistakes: Mistakes): void {
  const { authFile, tls, httpAuthFile, httpTls, httpTlsCert } = config;
  if (authFile !== undefined) Users.read(authFile, mistakes.of(authFile));
  if (tls !== undefined) checkCertificates(tls, mistakes);
  if (httpAuthFile !== undefined) HttpUsers.read(httpAuthFile, mistakes.of(httpAuthFile));
  if (httpTls !== undefined && httpTlsCert !== undefined)
    checkCertificates({ ...httpTls, ca: undefined }, mistakes, 'http_');
}

function readUsers({ authFile }: ServerConfig): Users | undefined {
  return authFile === undefined ? undefined : Users.fromFile(authFile);
}

function readHttpUsers({ httpAuthFile }: ServerConfig): HttpUsers | undefined {
  return httpAuthFile === undefined ? undefined : HttpUsers.fromFile(httpAuthFile);
}

function warnOfSecrets({ authFile, tls, httpAuthFile, httpTls }: ServerConfig, logger: Logger): void {
  const files = new Set([authFile, tls?.key, httpAuthFile, httpTls?.key]);
  for (const file of readableByAll([...files])) logger.warn({ file }, READABLE_BY_ALL);
}

/** What is stored, and what there is space for besides: on the disk, or in the machine's memory. */
function capacityOf({ dataDirectory }: ServerConfig, engine: QueueEngine): number {
  if (dataDirectory === undefined) return totalmem();
  const { bavail, bsize } = statfsSync(dataDirectory);
  return engine.stats().bytes + bavail * bsize;
}
