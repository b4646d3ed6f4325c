import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Client } from 'memjs';
import { type Job, readJob } from '../../consumer/queue/job.ts';
import { Connection } from '../../shared/memcache.ts';
import { memjsServer } from './memjs.ts';

export const CONSUMER_BINARY = fileURLToPath(new URL('../../dist/consumer/main.js', import.meta.url));

const WORKER = `
import { appendFileSync, existsSync, watch } from 'node:fs';
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
  /** Runs until there is a file with this name. */
  async until(file, msg) {
    const isThere = (resolve) => {
      const watcher = watch('.', () => existsSync(file) && (watcher.close(), resolve()));
      if (existsSync(file)) watcher.close(), resolve();
    };
    const written = new Promise(isThere);
    process.stdout.write('started\\n');
    await written;
    appendFileSync('worker.log', msg + '\\n');
  }
  async untilStopped({ signal }, msg) {
    process.stdout.write('started\\n');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    appendFileSync('worker.log', msg + '\\n');
  }
  floats() {
    Promise.reject(new Error('nobody waits for this'));
    return new Promise(() => {});
  }
}
export default defineWorker(Worker, { methods: ['saveToLocal', 'fails', 'until', { name: 'untilStopped', context: true }, 'floats'] });
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
  #stdout = '';
  #stderr = '';

  constructor(
    directory: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    uid?: number,
  ) {
    this.#child = spawn(process.execPath, [CONSUMER_BINARY, ...args], {
      cwd: directory,
      env: { ...process.env, ...env },
      ...(uid !== undefined && { uid }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.#stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text;
    });
    this.ended = once(this.#child, 'close').then(([code]) => {
      return { code, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves when so many jobs `until` have said that they started. */
  async started(count = 1): Promise<void> {
    await this.#reads(this.#child.stdout, () => this.#stdout.split('started').length > count);
  }

  /** Resolves when this is on standard error, so often. */
  async says(text: string, count = 1): Promise<void> {
    await this.#reads(this.#child.stderr, () => this.#stderr.split(text).length > count);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when what was read is enough; rejects when the run ends before. */
  async #reads(stream: Readable, isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      const hasEnded = await Promise.race([
        once(stream, 'data').then(() => false),
        this.ended.then(() => true),
      ]);
      if (hasEnded && !isEnough())
        throw new Error(`memq-consume has ended: ${JSON.stringify(await this.ended)}`);
    }
  }
}

/** A directory with a configuration and a worker, for the queue `q` of a server. */
export class Workplace {
  readonly directory: string;
  readonly #server: { readonly port: number };
  readonly #runs: Run[] = [];
  /** Where we reach the server ourselves, when not by TCP: its unix socket. */
  socket: string | undefined;
  /** Who runs memq-consume, when it is not us. */
  user: number | undefined;
  /** What memq-consume has in its environment besides ours. */
  env: Readonly<Record<string, string>> = {};

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

  /** Of the server. */
  get port(): number {
    return this.#server.port;
  }

  /** Ends all runs and drops the queue. */
  async leave(): Promise<void> {
    for (const run of this.#runs) run.kill('SIGKILL');
    await Promise.all(this.#runs.map((run) => run.ended));
    await this.#with((connection) => connection.delete('q'));
    await rm(this.directory, { recursive: true });
  }

  async configure(more = '', port = this.#server.port): Promise<void> {
    const queue = more.includes('queuename') ? '' : 'queuename = q\n';
    // Jobs say `started` on standard output. The line comes last, so that others have the numbers that one expects.
    const output = more.includes('output = ') ? '' : 'output = pass\n';
    const [top, ...sections] = more.split(/^(?=\[)/m);
    const rest = `${top}${output}${sections.join('')}`;
    const place = more.includes('queuesocket') ? '' : `queueip = 127.0.0.1\nqueueport = ${port}\n`;
    const text = `${queue}${place}classname = Worker\n${rest}`;
    await writeFile(join(this.directory, 'config.ini'), text);
  }

  async setWorker(source: string): Promise<void> {
    await writeFile(join(this.directory, 'worker.mjs'), source);
  }

  start(...args: string[]): Run {
    const run = new Run(this.directory, args, this.env, this.user);
    this.#runs.push(run);
    return run;
  }

  consume(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** Lets a job end that runs `until` this file is there. */
  async touch(file: string): Promise<void> {
    await writeFile(join(this.directory, file), '');
  }

  /** The lines that jobs have written. */
  async logged(): Promise<string[]> {
    const text = await readFile(join(this.directory, 'worker.log'), 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1);
  }

  /** Resolves when jobs have written so many lines. */
  async logs(count: number): Promise<void> {
    const watcher = watch(this.directory);
    try {
      for (;;) {
        const changed = once(watcher, 'change');
        if ((await this.logged()).length >= count) return;
        await changed;
      }
    } finally {
      watcher.close();
    }
  }

  /** With the client that web applications use. */
  async enqueue(...payloads: (string | Buffer)[]): Promise<void> {
    const client = new Client([memjsServer(this.#server.port)], { retries: 0 });
    await Promise.all(payloads.map((payload) => client.set('q', payload, {})));
    client.close();
  }

  connect(port = this.#server.port): Connection {
    const place = this.socket === undefined ? { host: '127.0.0.1', port } : { path: this.socket };
    return new Connection({ ...place, timeoutMs: 60_000 });
  }

  /** The job that is next. */
  peek(): Promise<Job | undefined> {
    return this.#with(async (connection) => {
      const item = await connection.get('q/peek/info');
      return item && readJob(item.value, item.flags);
    });
  }

  /** Waits until a job is there, and puts it back: how many attempts it has had. */
  comesBack(): Promise<number> {
    return this.#with(async (connection) => {
      const item = await connection.get('q/open/info/t=60000', 60_000);
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
  return JSON.parse(body.toString().split('\n')[0]);
}
