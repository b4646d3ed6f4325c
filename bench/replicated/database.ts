import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { keepTrackOf, killGroup, makeDirectory, removeDirectory } from '../children.ts';
import { freePort } from '../peers/ports.ts';

/** Where Debian puts the programs of a version. */
const DEBIAN = '/usr/lib/postgresql';
const STANDBY = 'standby';
const START_LIMIT = 60_000;
const POLL_INTERVAL = 50;

/** As it is out of the box, but for the size: nothing weakens what it promises. */
const SETTINGS = [
  "listen_addresses = '127.0.0.1'",
  'max_connections = 300',
  'shared_buffers = 256MB',
  'max_wal_size = 4GB',
  'wal_keep_size = 256MB',
];

/** A PostgreSQL with one synchronous standby, both on this machine, for the benchmark. */
export class Database {
  readonly port: number;
  readonly #directory: string;
  readonly #children: readonly ChildProcess[];

  /** Of the programs; undefined where there are none, or nobody to run them. */
  static get programs(): string | undefined {
    if (!existsSync(DEBIAN)) return undefined;
    if (process.getuid?.() === 0 && postgresUser() === undefined) return undefined;
    const versions = readdirSync(DEBIAN).map(Number).filter(Number.isInteger);
    const newest = Math.max(0, ...versions.filter((each) => existsSync(join(DEBIAN, `${each}/bin/initdb`))));
    return newest === 0 ? undefined : join(DEBIAN, `${newest}/bin`);
  }

  /** Starts both; resolves when each commit waits for the standby. */
  static async start(baseDirectory: string): Promise<Database> {
    const directory = makeDirectory(baseDirectory);
    const user = postgresUser();
    if (user !== undefined) chownSync(directory, user.uid, user.gid);
    const [port, standbyPort] = [await freePort(), await freePort()];
    const data = join(directory, 'primary');
    const copy = join(directory, STANDBY);
    run('initdb', ['-D', data, '--auth=trust', '--username=bench', '--encoding=UTF8', '--locale=C']);
    appendFileSync(join(data, 'postgresql.conf'), `${SETTINGS.join('\n')}\n`);
    const primary = launch(data, port, directory);
    await untilAnswers(port);
    const from = `host=127.0.0.1 port=${port} user=bench application_name=${STANDBY}`;
    run('pg_basebackup', ['-d', from, '-D', copy, '-R', '-X', 'stream', '-c', 'fast']);
    const standby = launch(copy, standbyPort, directory);
    const database = new Database(port, directory, [standby, primary]);
    await database.query(`ALTER SYSTEM SET synchronous_standby_names = '${STANDBY}'`);
    await database.query('SELECT pg_reload_conf()');
    const isSynchronous = `SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'`;
    await until('a synchronous standby', async () => (await database.query(isSynchronous)).length > 0);
    return database;
  }

  private constructor(port: number, directory: string, children: readonly ChildProcess[]) {
    this.port = port;
    this.#directory = directory;
    this.#children = children;
  }

  get url(): string {
    return urlOf(this.port);
  }

  async query(text: string): Promise<unknown[]> {
    return ask(this.port, text);
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      // An immediate end: all of it goes anyway.
      killGroup(child, 'SIGQUIT');
      await exited;
    }
    removeDirectory(this.#directory);
  }
}

function urlOf(port: number): string {
  return `postgres://bench@127.0.0.1:${port}/postgres`;
}

async function ask(port: number, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: urlOf(port) });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function untilAnswers(port: number): Promise<void> {
  await until('PostgreSQL to start', () =>
    ask(port, 'SELECT 1').then(
      () => true,
      () => false,
    ),
  );
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + START_LIMIT;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await delay(POLL_INTERVAL);
  }
}

/** The programs refuse to run as root, and become the user that Debian makes for them. */
function postgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** A command line that runs a program, as the user that may. */
function commandOf(program: string, args: readonly string[]): [command: string, args: string[]] {
  const path = join(Database.programs ?? '', program);
  const user = postgresUser();
  if (user === undefined) return [path, [...args]];
  return ['setpriv', [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', path, ...args]];
}

function run(program: string, args: readonly string[]): void {
  execFileSync(...commandOf(program, args), { cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] });
}

function launch(data: string, port: number, sockets: string): ChildProcess {
  const [command, args] = commandOf('postgres', ['-D', data, '-p', String(port), '-k', sockets]);
  return keepTrackOf(spawn(command, args, { cwd: '/', stdio: 'ignore', detached: true }));
}
