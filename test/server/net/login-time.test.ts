import { once } from 'node:events';
import net from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Client } from '../../../server/session/client.ts';
import { listen } from '../../helpers/listener.ts';

/** What logs a client in by its first request. */
const createDispatch = (client: Client) => () => {
  client.isLoggedIn = true;
};

async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket.resume();
}

it('a client that does not log in is disconnected, whatever it says; one that has stays', async () => {
  const { port, counts, listener } = await listen({ createDispatch, loginMs: 3000 });
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
