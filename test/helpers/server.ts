import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const SERVER_BINARY = join(import.meta.dirname, '../../dist/server/main.js');

export interface ServerOptions {
  /** Further flags; the port is always a free one, the data directory a temporary one. */
  readonly args?: readonly string[];
  readonly dataDir?: string;
  /** The URL of a database that keeps the log instead. */
  readonly log?: string;
  /** The text of a configuration file. */
  readonly config?: string;
  /** Whether it serves HTTP, on a free port of its own. */
  readonly http?: boolean;
  /** What comes before the command: it runs somewhere else. */
  readonly prefix?: readonly string[];
}

/** A memq-server process of the test's own. Small segments, so that even short tests go through many. */
export class TestServer {
  readonly dataDir: string;
  #args: readonly string[];
  /** Whether its log is in the database of all tests, in a cluster of its own, which it has to lead before it answers. */
  readonly #leadsAlone: boolean;
  readonly #prefix: readonly string[];
  readonly #ownsDirectory: boolean;
  readonly #http: readonly string[];
  /** The URL of the database that keeps its log, from its next start on; undefined: `dataDir` does. */
  logUrl: string | undefined;
  #process!: ChildProcess;
  /** Stays the same over a restart. */
  port = 0;
  /** Where it serves HTTP; '' where it does not. */
  url = '';
  /** The parsed log lines of the running process, and what was no JSON. */
  log: Record<string, unknown>[] = [];

  constructor(options: ServerOptions) {
    this.#ownsDirectory = options.dataDir === undefined;
    this.dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'memq-test-'));
    this.#args = options.args ?? [];
    if (options.config !== undefined) {
      writeFileSync(this.#configFile, options.config);
      this.#args = [...this.#args, '--config', this.#configFile];
    }
    this.#prefix = options.prefix ?? [];
    this.logUrl = options.log;
    const shared = process.env.MEMQ_TEST_LOG;
    this.#leadsAlone =
      shared !== undefined &&
      options.dataDir === undefined &&
      options.log === undefined &&
      !isOnDisk([...this.#args, options.config ?? '']);
    if (this.#leadsAlone) {
      this.logUrl = shared;
      this.#args = [...this.#args, '--cluster', `test_${randomBytes(8).toString('hex')}`];
    }
    this.#http = options.http ? ['--http', '127.0.0.1:0'] : ['--http', 'none'];
  }

  /** Beside the data. */
  get #configFile(): string {
    return `${this.dataDir}.ini`;
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /** True until the process has ended. */
  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async start(): Promise<void> {
    const args = [
      '-p',
      String(this.port),
      ...(this.logUrl === undefined ? ['-d', this.dataDir, '--segment-size', '1m'] : ['--log', this.logUrl]),
      ...this.#http,
      ...this.#args,
    ];
    this.log = [];
    const [command, ...rest] = [...this.#prefix, process.execPath, SERVER_BINARY, ...args] as [string];
    this.#process = spawn(command, rest, {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    const lines = createInterface({ input: this.#process.stderr as NodeJS.ReadableStream });
    let [listens, leads] = [false, !this.#leadsAlone];
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        const entry = parseLine(line);
        this.log.push(entry);
        if (entry.msg === 'HTTP') this.url = entry.url as string;
        if (entry.msg === 'listening') {
          this.port = (entry.port as number | undefined) ?? this.port;
          listens = true;
        }
        // Who comes before is closed once it has waited for a leader for too long.
        if (entry.msg === 'leads') leads = true;
        if (listens && leads) resolve();
      });
      this.#process.once('exit', (code, signal) => {
        reject(new Error(`memq-server ended with ${code ?? signal}: ${JSON.stringify(this.log)}`));
      });
    });
  }

  /** Ends it gracefully; the exit status. */
  async stop(): Promise<number | null> {
    return (await this.#end('SIGTERM')) ?? null;
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** It stops answering, and closes nothing, until it goes on. */
  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  /** A graceful stop and a start on the same port and data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    if (this.#ownsDirectory) rmSync(this.dataDir, { recursive: true, force: true });
    rmSync(this.#configFile, { force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null | undefined> {
    if (!this.isRunning) return this.#process.exitCode;
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    return (await ended)[0] as number | null;
  }
}

/** A server that listens; stop it, or declare it with `await using`. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const server = new TestServer(options);
  await server.start();
  return server;
}

/** Whether a test is about a log of the server's own, or about none. */
function isOnDisk(settings: readonly string[]): boolean {
  return settings.some(
    (text) => /(^|--|\n)(memory|data|sync|segment[-_]size|log|cluster)\b/.test(text) || text === '-d',
  );
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { msg: line };
  }
}
