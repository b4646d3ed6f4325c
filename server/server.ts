import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isLoopback } from '../shared/host.ts';
import { readableName } from '../shared/latin1.ts';
import type { Logger } from '../shared/logger.ts';
import type { Mistakes } from '../shared/mistakes.ts';
import { READABLE_BY_ALL, readableByAll } from '../shared/secret-files.ts';
import type { ClusterSide } from './cluster/cluster-side.ts';
import type { ServerContext } from './commands/context.ts';
import { createDispatch } from './commands/dispatch.ts';
import { Orders } from './commands/orders.ts';
import { RefusedLogins } from './commands/refused-logins.ts';
import { ServerStats } from './commands/server-stats.ts';
import { policyLines, settingLines } from './commands/settings.ts';
import { Users } from './commands/users.ts';
import { Workers } from './commands/workers.ts';
import { hasPassword } from './config/cluster-values.ts';
import type { ServerConfig } from './config/config.ts';
import type { CancelledLease, QueueEngine } from './engine/api.ts';
import { type Clock, engineClock } from './engine/clock.ts';
import type { EngineOptions } from './engine/engine.ts';
import type { HttpContext } from './http/context.ts';
import { QueueActions } from './http/queue-actions.ts';
import { Sampler } from './http/sampler.ts';
import { HttpUsers } from './http/users.ts';
import { HttpSide } from './http-side.ts';
import { checkCertificates } from './net/certificates.ts';
import { descriptorsLeft, sharedDescriptors } from './net/descriptors.ts';
import { Listener } from './net/listener.ts';
import { LOG_FILES, openOwnLog } from './own-log.ts';
import { workerIn } from './session/client.ts';

/** How long a handover goes on reading from a client, and waits for those that do not take their answers, milliseconds. */
const LAST_REQUESTS_MS = 20;
const HANDOVER_MS = 250;

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
  readonly #http: HttpSide;
  readonly #logger: Logger;
  readonly #cluster: ClusterSide | undefined;
  readonly #stats = new ServerStats();
  readonly #workers: Workers;
  readonly #listener: Listener;
  readonly #engineOptions: EngineOptions;
  /** The last one that there was: who is still connected to one that serves no more is refused by it. */
  #engine: QueueEngine | undefined;
  /** False until the log is read, and while another server leads. */
  #isServing = false;
  /** Where memcache clients connect by TCP, once it listens. */
  #memcache: { readonly host: string; readonly port: number } | undefined;

  private constructor(inForce: InForce, http: HttpSide, cluster: ClusterSide | undefined) {
    const { logger } = http;
    this.#inForce = inForce;
    this.#http = http;
    this.#logger = logger;
    this.#cluster = cluster;
    const clock: Clock = cluster?.clock.now ?? engineClock();
    const orders = new Orders(clock);
    this.#engineOptions = {
      clock,
      onCancelled: (lease) => tellWorker(orders, lease),
      maxQueues: inForce.config.maxQueues,
      policy: (queue) => inForce.config.policies.of(queue),
    };
    const workers = new Workers(orders, () => Date.now());
    this.#workers = workers;
    const stats = this.#stats;
    const engine = () => this.#engine as QueueEngine;
    const listener = new Listener({
      get engine() {
        return engine();
      },
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
      handsOver: cluster !== undefined,
      door: cluster?.door,
    });
    const commands: ServerContext = {
      get engine() {
        return engine();
      },
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
      capacity: () => capacityOf(inForce.config, engine()),
      cluster: cluster?.view,
    };
    this.#listener = listener;
  }

  /** Opens the log, its own or that of its cluster, and listens. Rejects with MemqErrors. */
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
    try {
      const cluster = await openClusterSide(config, logger);
      const server = new Server(inForce, http, cluster);
      if (cluster === undefined) await server.#standAlone();
      else await server.#join(cluster);
      return server;
    } catch (error) {
      http.close();
      throw error;
    }
  }

  /** As it was written. */
  get config(): ServerConfig {
    return this.#inForce.written;
  }

  /** Resolves when clients get answers, from this server or by it from the one that leads. */
  get ready(): Promise<void> {
    return this.#cluster?.ready ?? Promise.resolve();
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
    // One that follows has the new ones once it leads.
    if (!this.#isServing) return;
    this.#engine?.policiesChanged();
    await this.#engine?.schedule(config.schedule);
  }

  /** Answers what is in flight, gives back what is open and makes everything durable. */
  async stop(): Promise<void> {
    const { graceMs } = this.config;
    this.#cluster?.prepareStop();
    // As long as it answers those that it knows it tells the others that it stops.
    const patienceMs = this.#cluster && LAST_REQUESTS_MS;
    const answered = Promise.all([this.#listener.stop(graceMs, patienceMs), this.#http.drain(graceMs)]);
    if (this.#cluster !== undefined) {
      // Who does not take his answers keeps nobody waiting for the next leader.
      await Promise.race([answered, delay(HANDOVER_MS)]);
      await this.#cluster.stop(graceMs);
    }
    await answered;
    this.#http.close();
    await this.#engine?.close();
  }

  /** With a log that nobody shares. */
  async #standAlone(): Promise<void> {
    const engine = await openOwnLog(this.#inForce.config, this.#engineOptions, this.#logger);
    try {
      await this.#serveFrom(engine);
      await this.#listen();
      this.#http.serve(this.#httpContext(engine));
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** As one of a cluster, of which at any time one serves, and the others pass their clients to it. */
  async #join(cluster: ClusterSide): Promise<void> {
    try {
      await cluster.listen(this.#listener, this.config.address, (passed) => this.#http.takePassed(passed));
      await this.#http.join(cluster.view, this.#inForce, this.#stats.startedAt);
      await this.#listen();
      cluster.join(this.#engineOptions, {
        serve: async (engine) => {
          await this.#serveFrom(engine);
          this.#http.serve(this.#httpContext(engine));
        },
        stopServing: () => {
          this.#isServing = false;
          this.#http.follow();
        },
        closeConnections: () => this.#listener.closeConnections(),
      });
    } catch (error) {
      await cluster.stop(0).catch(() => {});
      throw error;
    }
  }

  async #serveFrom(engine: QueueEngine): Promise<void> {
    // Until it serves a reload leaves that to this.
    for (let config: ServerConfig | undefined; config !== this.#inForce.config; ) {
      config = this.#inForce.config;
      engine.policiesChanged();
      await engine.schedule(config.schedule);
    }
    this.#engine = engine;
    this.#isServing = true;
  }

  #httpContext(engine: QueueEngine): HttpContext {
    const inForce = this.#inForce;
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
      cluster: this.#cluster?.view,
    };
  }

  async #listen(): Promise<void> {
    const logger = this.#logger;
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

/** Of what only servers of a cluster have the others load nothing. */
async function openClusterSide(config: ServerConfig, logger: Logger): Promise<ClusterSide | undefined> {
  const { sharedLog } = config;
  if (sharedLog === undefined) return undefined;
  const { ClusterSide } = await import('./cluster/cluster-side.ts');
  return ClusterSide.open(sharedLog, config, logger);
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

/** The same with no more connections than there are descriptors for. Throws a ConfigError when there are none. */
function withinDescriptors(config: ServerConfig, logger: Logger): ServerConfig {
  const wanted = { ...config, httpConnections: config.httpPlace === undefined ? 0 : config.httpConnections };
  const { maxConnections, httpConnections } = sharedDescriptors(descriptorsLeft(LOG_FILES), wanted);
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
  return descriptorsLeft(LOG_FILES) - others;
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

function warnOfSecrets(
  { authFile, tls, httpAuthFile, httpTls, file, log }: ServerConfig,
  logger: Logger,
): void {
  const ownFile = log !== undefined && hasPassword(log) ? file : undefined;
  const files = new Set([authFile, tls?.key, httpAuthFile, httpTls?.key, ownFile]);
  for (const file of readableByAll([...files])) logger.warn({ file }, READABLE_BY_ALL);
}

/** What is stored, and what there is space for besides: on the disk, or in the machine's memory; a database says nothing of it. */
function capacityOf({ dataDirectory, sharedLog }: ServerConfig, engine: QueueEngine): number {
  // A database does not say how much space it has; monitoring divides by this.
  if (sharedLog !== undefined) return Number.MAX_SAFE_INTEGER;
  if (dataDirectory === undefined) return totalmem();
  const { bavail, bsize } = statfsSync(dataDirectory);
  return engine.stats().bytes + bavail * bsize;
}
