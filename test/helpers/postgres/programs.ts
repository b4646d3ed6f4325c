import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where Debian puts the programs of a version. */
const DEBIAN = '/usr/lib/postgresql';

/** Of PostgreSQL, the newest that is installed; undefined where there is none, or nobody to run it. */
export const PROGRAMS: string | undefined = findPrograms();

/** The programs refuse to run as root, and become the user that Debian makes for them. */
const USER = process.getuid?.() === 0 ? idsOf('postgres') : undefined;
const AS_USER = USER === undefined ? [] : [`--reuid=${USER.uid}`, `--regid=${USER.gid}`, '--clear-groups'];

function findPrograms(): string | undefined {
  if (!existsSync(DEBIAN) || spawnSync('setpriv', ['--version']).error !== undefined) return undefined;
  if (process.getuid?.() === 0 && idsOf('postgres') === undefined) return undefined;
  const versions = readdirSync(DEBIAN).map(Number).filter(Number.isInteger);
  const newest = versions
    .sort((a, b) => b - a)
    .find((each) => existsSync(join(DEBIAN, `${each}/bin/initdb`)));
  return newest === undefined ? undefined : join(DEBIAN, `${newest}/bin`);
}

function idsOf(user: string): { uid: number; gid: number } | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const { status, stdout } = spawnSync('id', [flag, user], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** A new folder that the programs can write to. */
export function makeFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'memq-postgres-'));
  giveTo(path);
  return path;
}

/** Lets the programs have a file or a folder. */
export function giveTo(path: string): void {
  if (USER !== undefined) chownSync(path, USER.uid, USER.gid);
}

/** Starts a program, one of PostgreSQL unless it has a path; it gets `signal` when this process ends, however that does. */
export function launch(
  program: string,
  args: readonly string[],
  signal: 'QUIT' | 'KILL',
  options: SpawnOptions,
): ChildProcess {
  const path = resolve(PROGRAMS!, program);
  return spawn('setpriv', [...AS_USER, '--pdeathsig', signal, path, ...args], { cwd: '/', ...options });
}

/** Runs a program to its end; throws with what it said unless it ends well. */
export async function run(program: string, args: readonly string[]): Promise<void> {
  const child = launch(program, args, 'KILL', { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout?.on('data', (data) => {
    said += data;
  });
  child.stderr?.on('data', (data) => {
    said += data;
  });
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${said}`);
}
