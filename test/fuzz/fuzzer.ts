import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { startServer, type TestServer } from '../helpers/server.ts';
import { logged } from '../helpers/server-log.ts';
import { TextClient } from '../helpers/text-client.ts';
import { HONEST_QUEUE, HonestClient } from './honest-client.ts';
import { type Attack, attack } from './mutation.ts';

/** Inputs that come from one seed, sent over as many connections as there are at a time. */
const BATCH = 500;
const AT_A_TIME = 50;
/** A connection that the server has not ended by then hangs. */
const PATIENCE_MS = 60_000;
/**
 * How much the server's memory may grow after the first batches, MiB. A leak of what an input holds would be many
 * times that; the collector's own margin differs from one version of node to the next.
 */
const MOST_GROWTH = 128;

/**
 * Throws `count` hostile inputs at a server, with an honest client beside them, and rejects when the server
 * ends, hangs, complains, grows or lets the honest client down. The error says how to have the same inputs again.
 */
export async function fuzz(count: number, firstSeed: number): Promise<{ served: number; memory: number[] }> {
  const directory = mkdtempSync(join(tmpdir(), 'memq-fuzz-'));
  // Through a unix socket: a million connections would use up the ports.
  const socket = join(directory, 'memq.sock');
  const server = await startServer({
    args: ['-s', socket, '--sync', 'never', '--cache-size', '4m', '-I', '64k', '-F', '--backoff', 'none'],
  });
  try {
    await logged(server, (entry) => entry.path === socket);
    const honest = await HonestClient.start(server.port);
    const memory: number[] = [];
    for (let batch = 0; batch * BATCH < count; batch++) {
      const seed = firstSeed + batch;
      const inputs = fc.sample(attack, { seed, numRuns: Math.min(BATCH, count - batch * BATCH) });
      await reproducibly(seed, inputs.length, async () => {
        await sendAll(socket, inputs);
        await sweepUp(server);
        expectWell(server, honest);
      });
      memory.push(residentMemory(server));
      expectFlat(memory);
    }
    await honest.stop();
    if ((await server.stop()) !== 0) throw new Error(`the server did not stop: ${complaints(server)}`);
    return { served: honest.served, memory };
  } finally {
    await server[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  }
}

async function reproducibly(seed: number, count: number, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const again = `FUZZ_SEED=${seed} FUZZ_INPUTS=${count} npx vitest run test/fuzz/fuzz.test.ts`;
    throw new Error(`${(error as Error).message}\nThe same again: ${again}`, { cause: error });
  }
}

async function sendAll(socket: string, inputs: readonly Attack[]): Promise<void> {
  const left = inputs.values();
  const clients = Array.from({ length: AT_A_TIME }, async () => {
    for (const input of left) await send(socket, input);
  });
  await Promise.all(clients);
}

/** Resolves when the connection is closed. */
function send(path: string, { bytes, cut, leaves }: Attack): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path, allowHalfOpen: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`never ended: ${JSON.stringify(bytes.toString('latin1'))}`));
    }, PATIENCE_MS);
    // The server may end the connection before it has read everything.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on('end', () => socket.destroy());
    socket.resume();
    const middle = cut % (bytes.length + 1);
    socket.write(bytes.subarray(0, middle), () => {
      const rest = bytes.subarray(middle);
      if (leaves === 'politely') socket.end(rest);
      else socket.write(rest, () => socket.destroy());
    });
  });
}

/** Drops what the inputs have stored, so that memory can be compared. */
async function sweepUp(server: TestServer): Promise<void> {
  using client = await TextClient.connect(server.port);
  const names = [...(await client.stats('queue')).keys()].filter((name) => name !== HONEST_QUEUE);
  await client.exchange(Buffer.from(names.map((name) => `delete ${name} noreply\r\n`).join(''), 'latin1'));
}

function expectWell(server: TestServer, honest: HonestClient): void {
  if (honest.failure !== undefined) throw honest.failure;
  if (!server.isRunning || complaints(server) !== '') throw new Error(`the server: ${complaints(server)}`);
}

/** What the log has beyond the ordinary. */
function complaints(server: TestServer): string {
  const ordinary = ['starting', 'listening', 'stopping', 'stopped', 'recovered'];
  return server.log
    .filter(({ msg }) => !ordinary.includes(String(msg)))
    .map((entry) => JSON.stringify(entry))
    .join('\n');
}

/** The first quarter warms up: caches, compiled code, the allocator's pools. */
function expectFlat(memory: readonly number[]): void {
  if (memory.length < 12) return;
  const warm = Math.max(...memory.slice(0, Math.ceil(memory.length / 4)));
  const now = memory.at(-1) as number;
  if (now > warm + MOST_GROWTH) throw new Error(`memory has grown from ${warm} to ${now} MiB`);
}

/** MiB. */
function residentMemory(server: TestServer): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}
