import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Mounts the disk and keeps it as long as its input is open; `$0` is where, `$1` how large. */
const KEEPER = 'mount -t tmpfs -o size="$1" tmpfs "$0" && echo ready && exec cat';

/** A real file system of a few megabytes, which only processes see that are started with `prefix`. */
export class SmallDisk {
  readonly path: string;
  readonly #keeper: ChildProcess;

  private constructor(path: string, keeper: ChildProcess) {
    this.path = path;
    this.#keeper = keeper;
  }

  /** Undefined where the system does not let us. */
  static async mount(size: string): Promise<SmallDisk | undefined> {
    const path = fs.mkdtempSync(join(tmpdir(), 'memq-disk-'));
    const keeper = spawn('unshare', ['-rm', 'sh', '-c', KEEPER, path, size], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const isThere = await Promise.race([
      once(keeper.stdout, 'data').then(() => true),
      once(keeper, 'exit').then(
        () => false,
        () => false,
      ),
    ]);
    if (isThere) return new SmallDisk(path, keeper);
    fs.rmdirSync(path);
    return undefined;
  }

  /** What comes before a command that is to see it. */
  get prefix(): string[] {
    return ['nsenter', '-t', String(this.#keeper.pid), '-U', '-m', '--preserve-credentials'];
  }

  /** It is gone with the last process that sees it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#keeper, 'exit');
    this.#keeper.stdin?.end();
    await ended;
    fs.rmdirSync(this.path);
  }
}
