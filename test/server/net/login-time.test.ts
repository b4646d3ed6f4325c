import { once } from 'node:events';
import net from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Listener } from '../../../server/net/listener.ts';
import type { Client } from '../../../server/session/client.ts';
import { createLogger } from '../../../shared/logger.ts';
import { TestEngine } from '../../helpers/local-engine.ts';

/** A listener in this process, whose clients have so long to log in: with their first request. */
async function listen(loginMs: number) {
  const { engine } = await TestEngine.openInMemory();
  const counts = {
    ...{ totalConnections: 0, rejectedConnections: 0, endedBytesRead: 0, endedBytesWritten: 0 },
    ...{ yields: 0, idleKicks: 0 },
  };
  const context = {
    engine,
    limits: {
      ...{ maxConnections: 100, maxItemSize: 1000, idleTimeoutMs: 0, stalledTimeoutMs: 1_000_000 },
      compat: 'none' as const,
    },
    logger: createLogger('test', 'silent'),
    counts,
    createDispatch: (client: Client) => () => {
      client.isLoggedIn = true;
    },
    descriptors: 1000,
    tls: undefined,
  };
  const listener = new Listener(context, undefined, loginMs);
  onTestFinished(async () => {
    await listener.stop(0);
    await engine.close();
  });
  return { port: await listener.listenTcp(0, '127.0.0.1'), counts, listener };
}

async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket.resume();
}

it('a client that does not log in is disconnected, whatever it says; one that has stays', async () => {
  const { port, counts, listener } = await listen(3000);
  const known = await connect(port);
  known.write('version\r\n');
  const strangers = await Promise.all([connect(port), connect(port)]);
  // A line that never ends is no login.
  const talking = setInterval(() => strangers[0]!.write('x'), 20);
  onTestFinished(() => clearInterval(talking));
  // What it says last may meet a connection that is gone: an error before the close.
  await Promise.all(strangers.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  expect(counts.idleKicks).toBe(2);
  await vi.waitFor(() => expect(listener.connections.size).toBe(1));
  expect(known.destroyed).toBe(false);
});
