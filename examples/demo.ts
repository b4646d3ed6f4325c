import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { Client, Server } from 'memjs';

/** The whole way once: a server, a thousand jobs from a memcache client, and the worker that runs them. */

const JOBS = 1000;
const QUEUE = 'my:memq:test';
const MESSAGE = '哈哈哈哈哈啊哈哈哈,尴尬不?';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const directory = await mkdtemp(join(tmpdir(), 'memq-demo-'));
let server: ChildProcess | undefined;
try {
  const started = await startServer();
  server = started.server;
  console.log(`memq-server listens on port ${started.port}, its data is in ${directory}`);

  const enqueueSeconds = await timed(() => enqueue(started.port));
  console.log(`enqueued ${JOBS} jobs with memjs: ${rate(enqueueSeconds)}`);

  const consumeSeconds = await timed(() => consume(started.port));
  const lines = (await readFile(join(directory, 'worker.log'), 'utf8')).split('\n').slice(0, -1);
  const wrong = lines.filter((line) => line !== MESSAGE).length;
  console.log(`memq-consume ran ${lines.length} jobs: ${rate(consumeSeconds)} with its start`);
  console.log(
    `worker.log has ${lines.length} lines, ${wrong} of them wrong; ${JOBS - lines.length} jobs are missing`,
  );
  if (lines.length !== JOBS || wrong > 0) process.exitCode = 1;
} finally {
  if (server?.exitCode === null) {
    server.kill();
    await once(server, 'exit');
  }
  await rm(directory, { recursive: true });
}

async function startServer(): Promise<{ server: ChildProcess; port: number }> {
  const args = ['dist/server/main.js', '--port', '0', '--data', join(directory, 'data')];
  const server = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'pipe'] });
  let log = '';
  for await (const line of createInterface({ input: server.stderr })) {
    log += `${line}\n`;
    const { msg, port }: { msg?: string; port?: number } = JSON.parse(line);
    if (msg === 'listening' && port !== undefined) {
      server.stderr.resume();
      return { server, port };
    }
  }
  throw new Error(`memq-server did not start:\n${log}`);
}

/** One job after another, as a web application would. */
async function enqueue(port: number): Promise<void> {
  const client = new Client([new Server('127.0.0.1', port)], { retries: 0 });
  const bar = new SingleBar({ format: 'enqueuing {bar} {value}/{total}', clearOnComplete: true });
  // Without a terminal a bar is no more than control characters.
  if (process.stderr.isTTY) bar.start(JOBS, 0);
  for (let i = 1; i <= JOBS; i++) {
    await client.set(QUEUE, `saveToLocal('${MESSAGE}')`, {});
    bar.update(i);
  }
  bar.stop();
  client.close();
}

/** The worker writes worker.log beside its configuration. */
async function consume(port: number): Promise<void> {
  const config = join(directory, 'config.ini');
  const worker = join(ROOT, 'examples/worker.js');
  await writeFile(
    config,
    `queuename = ${QUEUE}\nqueueport = ${port}\nclassname = Worker\nclassfile = "${worker}"\n`,
  );
  const args = [join(ROOT, 'dist/consumer/main.js'), '--config', config];
  const consumer = spawn(process.execPath, args, { stdio: 'inherit' });
  const [code]: (number | null)[] = await once(consumer, 'exit');
  if (code !== 0) throw new Error(`memq-consume ended with ${code}`);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function rate(seconds: number): string {
  return `${seconds.toFixed(2)} s, ${Math.round(JOBS / seconds)} a second`;
}
