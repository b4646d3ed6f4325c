import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../helpers/postgres/free-port.ts';
import { giveTo, launch, makeFolder, PROGRAMS } from '../../helpers/postgres/programs.ts';
import { until } from '../../helpers/until.ts';

/** Seconds after which a primary that says nothing is none any more: the least that Patroni takes. */
const TTL_S = 20;

const PATRONI = '/usr/bin/patroni';
const ETCD = '/usr/bin/etcd';

/** What is missing of Patroni and etcd on this machine; undefined: nothing. */
export function whatIsMissing(): string | undefined {
  return [PATRONI, ETCD].find((path) => !existsSync(path));
}

/** A PostgreSQL that a Patroni of its own keeps. */
export interface Node {
  readonly name: string;
  readonly port: number;
  readonly restPort: number;
  readonly folder: string;
  patroni: ChildProcess | undefined;
}

/** Two databases under Patroni, which agree by etcd who is the primary; a commit waits for the other one. */
export class PatroniCluster {
  readonly #folder = makeFolder();
  readonly #nodes: Node[] = [];
  #etcd: ChildProcess | undefined;
  #etcdPort = 0;

  static async start(count: number): Promise<PatroniCluster> {
    const cluster = new PatroniCluster();
    try {
      await cluster.#startEtcd();
      for (let i = 0; i < count; i++) await cluster.#add(`node${i}`);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `postgres://memq@${this.#nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}/postgres`;
  }

  async #startEtcd(): Promise<void> {
    this.#etcdPort = await freePort();
    const [client, peer] = [this.#etcdPort, await freePort()].map((port) => `http://127.0.0.1:${port}`);
    const args = [
      ...['--data-dir', join(this.#folder, 'etcd'), '--name', 'one', '--initial-cluster', `one=${peer}`],
      ...['--listen-client-urls', client!, '--advertise-client-urls', client!],
      ...['--listen-peer-urls', peer!, '--initial-advertise-peer-urls', peer!],
    ];
    this.#etcd = launch(ETCD, args, 'KILL', { stdio: 'ignore' });
    await until(() => isWell(`${client}/health`));
  }

  async #add(name: string): Promise<void> {
    const node: Node = {
      ...{ name, port: await freePort(), restPort: await freePort() },
      ...{ folder: makeFolder(), patroni: undefined },
    };
    this.#nodes.push(node);
    const path = join(node.folder, 'patroni.json');
    // JSON is YAML.
    writeFileSync(path, JSON.stringify(this.#configOf(node)));
    giveTo(path);
    await this.restart(node);
  }

  #configOf({ name, port, restPort, folder }: Node) {
    const address = `127.0.0.1:${port}`;
    const user = { username: 'memq', password: 'memq' };
    return {
      scope: 'memq',
      name,
      restapi: { listen: `127.0.0.1:${restPort}`, connect_address: `127.0.0.1:${restPort}` },
      etcd3: { hosts: [`127.0.0.1:${this.#etcdPort}`] },
      bootstrap: {
        dcs: {
          ...{ ttl: TTL_S, loop_wait: 2, retry_timeout: 5, synchronous_mode: true },
          postgresql: { use_pg_rewind: true, parameters: { wal_log_hints: 'on', max_wal_size: '64MB' } },
        },
        initdb: [{ encoding: 'UTF8' }, { locale: 'C' }],
        pg_hba: [
          'local all all trust',
          'host all all 127.0.0.1/32 trust',
          'host replication all 127.0.0.1/32 trust',
        ],
      },
      postgresql: {
        ...{ listen: address, connect_address: address, data_dir: join(folder, 'data'), bin_dir: PROGRAMS },
        pgpass: join(folder, 'pgpass'),
        authentication: { superuser: user, replication: user, rewind: user },
        parameters: { unix_socket_directories: folder, shared_buffers: '16MB' },
      },
    };
  }

  /** Starts the Patroni of a node, which starts its database; resolves when that is kept. */
  async restart(node: Node): Promise<void> {
    node.patroni = launch(PATRONI, [join(node.folder, 'patroni.json')], 'KILL', { stdio: 'ignore' });
    await this.#isKept(node);
  }

  /** Waits until its database is the primary, or one that commits wait for. */
  async #isKept(node: Node): Promise<void> {
    const url = rest(node);
    await until(async () => (await isWell(`${url}/primary`)) || (await isWell(`${url}/synchronous`)));
  }

  /** Resolves when another node than that is the primary. */
  async anotherPrimary(old: Node): Promise<void> {
    await until(async () => (await this.primary()) !== old);
  }

  /** The node whose database accepts writes, as Patroni says. */
  async primary(): Promise<Node> {
    let found: Node | undefined;
    await until(async () => {
      for (const node of this.#nodes) if (await isWell(`${rest(node)}/primary`)) found = node;
      return found !== undefined;
    });
    return found!;
  }

  /** Has another node be the primary, as an operator does who plans it; resolves when commits wait for the old one. */
  async switchOver(): Promise<void> {
    const old = await this.primary();
    const body = JSON.stringify({ leader: old.name });
    await until(async () => (await fetch(`${rest(old)}/switchover`, { method: 'POST', body })).ok);
    await this.anotherPrimary(old);
    await this.#isKept(old);
  }

  /** A machine is gone: database and Patroni, at once. */
  async kill(node: Node): Promise<void> {
    const { patroni, folder } = node;
    if (patroni !== undefined && patroni.exitCode === null && patroni.signalCode === null) {
      const ended = once(patroni, 'exit');
      patroni.kill('SIGKILL');
      await ended;
    }
    const pidFile = join(folder, 'data/postmaster.pid');
    if (!existsSync(pidFile)) return;
    const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
    kill(pid);
    // Its other processes end when they see that.
    await until(() => !isAlive(pid));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) {
      await this.kill(node);
      rmSync(node.folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
    }
    this.#etcd?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
  }
}

function rest({ restPort }: Node): string {
  return `http://127.0.0.1:${restPort}`;
}

function isWell(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
