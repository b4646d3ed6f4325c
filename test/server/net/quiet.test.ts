import { once } from 'node:events';
import net from 'node:net';
import { expect, it } from 'vitest';
import { whenQuiet } from '../../../server/net/quiet.ts';

it('has all that was sent before, also in a process that was busy meanwhile', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  await once(client, 'connect');
  socket.resume();
  try {
    const read = new Promise<number>((resolve) => {
      whenQuiet(socket, 1000, () => resolve(socket.bytesRead));
      client.write('x'.repeat(1000));
      const end = performance.now() + 100;
      while (performance.now() < end);
    });
    expect(await read).toBe(1000);
  } finally {
    client.destroy();
    socket.destroy();
    server.close();
  }
});
