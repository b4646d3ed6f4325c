import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Client, Server } from 'memjs';
import { type Job, Queue } from '../../consumer/queue.ts';
import { Connection } from '../../shared/memcache.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const WORKER = `
import { appendFileSync } from 'node:fs';
import { defineWorker } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};

class Worker {
  saveToLocal(msg) {
    appendFileSync('worker.log', msg + '\\n');
  }
  secret() {
    appendFileSync('worker.log', 'secret\\n');
  }
  async fails(msg) {
    throw new Error(msg);
  }
  async until(signal, msg) {
    const signalled = new Promise((resolve) => process.once(signal, resolve));
    process.stdout.write('started\\n');
    await signalled;
    appendFileSync('worker.log', msg + '\\n');
  }
  floats() {
    Promise.reject(new Error('nobody waits for this'));
    return new Promise(() => {});
  }
}
export default defineWorker(Worker, { methods: ['saveToLocal', 'fails', 'until', 'floats'] });
`;

/** How a run of memq-consume ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of memq-consume. */
export class Run {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Ended>;

  constructor(directory: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [join(ROOT, 'dist/consumer/main.js'), ...args], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    this.ended = once(this.#child, 'close').then(([code]) => ({ code, stdout, stderr }));
  }

  /** Resolves when a job `until` says that it has started. */
  async started(): Promise<void> {
    await once(this.#child.stdout, 'data');
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** A directory with a configuration and a worker, for the queue `q` of a server. */
export class Workplace {
  readonly directory: string;
  readonly #server: { readonly port: number };
  readonly #runs: Run[] = [];

  static async create(server: { readonly port: number }): Promise<Workplace> {
    const workplace = new Workplace(await mkdtemp(join(tmpdir(), 'memq-consume-')), server);
    await workplace.setWorker(WORKER);
    await workplace.configure();
    return workplace;
  }

  private constructor(directory: string, server: { readonly port: number }) {
    this.directory = directory;
    this.#server = server;
  }

  /** Ends all runs and drops the queue. */
  async leave(): Promise<void> {
    for (const run of this.#runs) run.kill('SIGKILL');
    await Promise.all(this.#runs.map((run) => run.ended));
    await this.#with((connection) => connection.delete('q'));
    await rm(this.directory, { recursive: true });
  }

  async configure(more = '', port = this.#server.port): Promise<void> {
    const text = `queuename = q\nqueueip = 127.0.0.1\nqueueport = ${port}\nclassname = Worker\n${more}`;
    await writeFile(join(this.directory, 'config.ini'), text);
  }

  async setWorker(source: string): Promise<void> {
    await writeFile(join(this.directory, 'worker.mjs'), source);
  }

  start(...args: string[]): Run {
    const run = new Run(this.directory, args);
    this.#runs.push(run);
    return run;
  }

  consume(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** The lines that jobs have written. */
  async logged(): Promise<string[]> {
    const text = await readFile(join(this.directory, 'worker.log'), 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1);
  }

  /** With the client that web applications use. */
  async enqueue(...payloads: (string | Buffer)[]): Promise<void> {
    const client = new Client([new Server('127.0.0.1', this.#server.port)], { retries: 0 });
    await Promise.all(payloads.map((payload) => client.set('q', payload, {})));
    client.close();
  }

  connect(): Connection {
    return new Connection({ host: '127.0.0.1', port: this.#server.port, timeoutMs: 10_000 });
  }

  /** The job that is next. */
  peek(): Promise<Job | undefined> {
    return this.#with((connection) => new Queue(connection, 'q').peek());
  }

  /** Waits until a job is there, and puts it back: how many attempts it has had. */
  comesBack(): Promise<number> {
    return this.#with(async (connection) => {
      const item = await connection.get('q/open/info/t=10000', 10_000);
      await connection.get('q/abort');
      return (infoLine(item!.value) as { attempt: number }).attempt - 1;
    });
  }

  /** Takes one job from the failed set: what the server says about it. */
  failed(): Promise<unknown> {
    return this.#with(async (connection) => {
      const item = await connection.get('q/failed/info');
      return item && infoLine(item.value);
    });
  }

  async #with<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.connect();
    try {
      return await use(connection);
    } finally {
      connection.close();
    }
  }
}

function infoLine(body: Buffer): unknown {
  return JSON.parse(body.toString().split('\n')[0]!);
}
