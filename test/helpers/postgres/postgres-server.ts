import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { until } from '../until.ts';
import { freePort } from './free-port.ts';
import { giveTo, launch, makeFolder, run } from './programs.ts';

export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface PostgresOptions {
  /** Of postgresql.conf. */
  readonly settings?: Settings;
  /** Lines of pg_hba.conf that come before those that let in everybody. */
  readonly hba?: readonly string[];
  /** A disk of its own of that size, as mount knows sizes; it takes root, see `canMount`. */
  readonly disk?: string;
}

/** Small and quick to make, but as safe as it is out of the box: nothing here weakens what it promises. */
const SETTINGS: Settings = {
  listen_addresses: '127.0.0.1',
  shared_buffers: '16MB',
  min_wal_size: '4MB',
  max_wal_size: '64MB',
  max_connections: 60,
  wal_keep_size: '64MB',
  // A promoted one is followed without being copied anew.
  wal_log_hints: true,
  log_min_messages: 'log',
};
/** To take all of a disk on which a database writes. */
const MOST_TRIES = 100;

/** Everybody from this machine. */
const TRUST = [
  'local all all trust',
  'host all all 127.0.0.1/32 trust',
  'host replication all 127.0.0.1/32 trust',
];

/** Whether a disk of its own can be had here. */
export function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const path = makeFolder();
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]).status === 0;
  if (isMounted) execFileSync('umount', [path]);
  rmSync(path, { recursive: true });
  return isMounted;
}

/** What initdb makes takes seconds: it is made once and copied. */
let template: Promise<string> | undefined;

async function makeTemplate(): Promise<string> {
  const path = makeFolder();
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  const data = join(path, 'data');
  const flags = ['--no-sync', '--auth=trust', '--username=memq', '--encoding=UTF8', '--locale=C'];
  await run('initdb', ['-D', data, ...flags, '--wal-segsize=1']);
  return data;
}

/**
 * A real PostgreSQL of the test's own, on this machine: a primary, or a standby of another one. It ends with this process,
 * however that does. Its user and its database are `memq` and `postgres`; nobody needs a password.
 */
export class PostgresServer {
  /** As standbys are called in synchronous_standby_names. */
  readonly name: string;
  /** Stays the same for ever. */
  readonly port: number;
  /** What it wrote to its log, lines. */
  readonly log: string[] = [];
  readonly #folder: string;
  #process: ChildProcess | undefined;
  #settings: Settings;
  readonly #hasDisk: boolean;

  /** Starts a primary. */
  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    template ??= makeTemplate();
    const data = await template;
    return PostgresServer.#make('primary', options, async (server) => {
      // With the owners that the files have.
      execFileSync('cp', ['-a', data, server.data]);
      writeFileSync(join(server.data, 'postgresql.conf'), "include 'test.conf'\n", { flag: 'a' });
    });
  }

  static async #make(
    name: string,
    options: PostgresOptions,
    fill: (server: PostgresServer) => Promise<void>,
  ): Promise<PostgresServer> {
    // Somebody else may get the port just before.
    for (let attempt = 0; ; attempt++) {
      const server = new PostgresServer(name, await freePort(), options);
      try {
        await fill(server);
        server.#writeSettings();
        const hba = join(server.data, 'pg_hba.conf');
        if (options.hba !== undefined) writeFileSync(hba, `${[...options.hba, ...TRUST].join('\n')}\n`);
        await server.resume();
        return server;
      } catch (error) {
        await server[Symbol.asyncDispose]();
        if (attempt === 2 || !/could not bind/.test(String(error))) throw error;
      }
    }
  }

  private constructor(name: string, port: number, { settings = {}, disk }: PostgresOptions) {
    this.name = name;
    this.port = port;
    this.#settings = { ...SETTINGS, ...settings };
    this.#folder = makeFolder();
    this.#hasDisk = disk !== undefined;
    if (disk === undefined) return;
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${disk}`, 'tmpfs', this.#folder]);
    giveTo(this.#folder);
  }

  /** The data directory. */
  get data(): string {
    return join(this.#folder, 'data');
  }

  /** As it stands in a URL. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return urlOf(this);
  }

  /** The folder of its unix socket. */
  get socketFolder(): string {
    return this.#folder;
  }

  get pid(): number {
    return this.#process?.pid as number;
  }

  get isRunning(): boolean {
    const child = this.#process;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  // Life and death.

  /** Starts it, or lets it go on after `pause`; resolves when it lets in connections. */
  async resume(): Promise<void> {
    if (this.isRunning) {
      this.#signal('SIGCONT');
      return;
    }
    const from = this.log.length;
    const args = ['-D', this.data, '-p', String(this.port), '-k', this.#folder];
    const child = launch('postgres', args, 'QUIT', { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    createInterface({ input: child.stderr! }).on('line', (line) => this.log.push(line));
    const ended = once(child, 'close');
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    await until(
      () => hasEnded || this.log.slice(from).some((line) => /ready to accept .*connections/.test(line)),
    );
    if (hasEnded) throw new Error(`PostgreSQL did not start: ${this.log.slice(from).join('\n')}`);
  }

  /** Ends it as an operator does: `fast` lets standbys have all first, `immediate` is a crash that clients hear of. */
  async stop(how: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.#end(() => this.#process?.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT'));
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.resume();
  }

  /** All of its processes at once, by SIGKILL. */
  async kill(): Promise<void> {
    await this.#end(() => this.#signal('SIGKILL'));
  }

  /** It stops answering, and closes nothing. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  async #end(signal: () => void): Promise<void> {
    if (!this.isRunning) return;
    const pids = this.#pids();
    const ended = once(this.#process!, 'exit');
    signal();
    await ended;
    // The next one cannot start before the last of them is gone.
    await until(() => !pids.some(isAlive));
  }

  /** The first one first, so that it starts no others. */
  #signal(signal: NodeJS.Signals): void {
    if (!this.isRunning) return;
    // Those whose first one is gone are nobody's children any more.
    const before = this.#pids();
    process.kill(this.pid, signal);
    for (const pid of new Set([...before, ...this.#pids()])) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended just now.
      }
    }
  }

  /** All of its processes. */
  #pids(): number[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return [this.pid, ...pids.map(Number).filter((pid) => parentOf(pid) === this.pid)];
  }

  // Standbys.

  /** A standby of it, a copy made now; resolves when it follows. `name` is its application_name. */
  async standby(name: string, options: PostgresOptions = {}): Promise<PostgresServer> {
    const settings = { ...this.#settings, synchronous_standby_names: '', ...options.settings };
    const standby = await PostgresServer.#make(name, { ...options, settings }, (made) => made.copy(this));
    await this.isFollowedBy(name);
    return standby;
  }

  /** One that does not run becomes a standby of another one, with a copy made now of all that is there. */
  async copy(primary: PostgresServer): Promise<void> {
    rmSync(this.data, { recursive: true, force: true });
    const from = ['-h', primary.#folder, '-p', String(primary.port), '-U', 'memq'];
    await run('pg_basebackup', [...from, '-D', this.data, '-X', 'stream', '-c', 'fast', '--no-sync']);
    this.#standBy(primary);
    this.#writeSettings();
  }

  /** Becomes a standby of another one, from its next start on; if it runs it is started again. */
  async follow(primary: PostgresServer): Promise<void> {
    this.#standBy(primary);
    this.#writeSettings();
    if (!this.isRunning) return;
    await this.restart();
  }

  #standBy({ port }: PostgresServer): void {
    const conninfo = `host=127.0.0.1 port=${port} user=memq application_name=${this.name}`;
    this.#settings = { ...this.#settings, primary_conninfo: conninfo, recovery_target_timeline: 'latest' };
    const signal = join(this.data, 'standby.signal');
    if (!existsSync(signal)) writeFileSync(signal, '');
    giveTo(signal);
  }

  /** Waits until a standby gets all that is written. */
  async isFollowedBy(name: string): Promise<void> {
    const text = `SELECT 1 FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming'`;
    await until(async () => (await this.query(text, [name])).length > 0);
  }

  /** Commits wait for so many of these standbys from now on; none: for no one. */
  async waitFor(count: number, ...names: readonly string[]): Promise<void> {
    await this.configure({
      synchronous_standby_names: names.length === 0 ? '' : `ANY ${count} (${names.join(', ')})`,
    });
    if (names.length === 0) return;
    const text = `SELECT 1 FROM pg_stat_replication WHERE sync_state = 'quorum'`;
    await until(async () => (await this.query(text)).length > 0);
  }

  /** Accepts writes from now on. */
  async promote(): Promise<void> {
    await run('pg_ctl', ['promote', '-D', this.data, '-w', '-t', '300']);
  }

  // Settings, disk, queries.

  /** Changes settings; those that need it take effect with the next start. */
  async configure(settings: Settings): Promise<void> {
    this.#settings = { ...this.#settings, ...settings };
    this.#writeSettings();
    if (!this.isRunning) return;
    // By its own clock, and to the microsecond.
    const text = 'SELECT pg_conf_load_time()::text AS time';
    const [before] = await this.query(text);
    this.#process!.kill('SIGHUP');
    await until(async () => (await this.query(text))[0]?.time !== before?.time);
  }

  #writeSettings(): void {
    const lines = Object.entries(this.#settings).map(
      ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`,
    );
    const path = join(this.data, 'test.conf');
    writeFileSync(path, lines.join(''));
    giveTo(path);
  }

  /** Takes all of its disk but so many bytes. */
  fillDisk(left = 0): void {
    if (!this.#hasDisk) throw new Error('it has no disk of its own');
    const ballast = join(this.#folder, 'ballast');
    for (let tries = 1; ; tries++) {
      const { bavail, bsize } = statfsSync(this.#folder);
      try {
        execFileSync('fallocate', ['-l', String(bavail * bsize - left), ballast], { stdio: 'pipe' });
        return;
      } catch (error) {
        // The database has written meanwhile.
        rmSync(ballast, { force: true });
        if (tries === MOST_TRIES) throw error;
      }
    }
  }

  emptyDisk(): void {
    truncateSync(join(this.#folder, 'ballast'));
  }

  /** Asks over a connection of its own, as the owner. */
  async query(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = await this.connect();
    try {
      return (await client.query(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** A connection, which the caller ends. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ host: this.#folder, port: this.port, user: 'memq', database: 'postgres' });
    // Whoever asks next is told.
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    if (this.#hasDisk) execFileSync('umount', [this.#folder]);
    rmSync(this.#folder, { recursive: true });
  }

  /** A copy of the data directory, of a server that does not run; `restore` puts it back. */
  save(): () => void {
    const copy = `${this.data}-copy`;
    rmSync(copy, { recursive: true, force: true });
    execFileSync('cp', ['-a', this.data, copy]);
    return () => {
      rmSync(this.data, { recursive: true });
      execFileSync('cp', ['-a', copy, this.data]);
    };
  }
}

/** The URL of several hosts. */
export function urlOf(...servers: readonly PostgresServer[]): string {
  return `postgres://memq@${servers.map(({ host }) => host).join(',')}/postgres`;
}

function parentOf(pid: number): number | undefined {
  try {
    // pid (name) state parent
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
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
