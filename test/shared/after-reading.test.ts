import { once } from 'node:events';
import net from 'node:net';
import { expect, it } from 'vitest';
import { afterReading } from '../../shared/after-reading.ts';

it('comes after what has arrived meanwhile, also in a process that was busy', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  await once(client, 'connect');
  try {
    const events: string[] = [];
    await new Promise<void>((resolve) => {
      socket.once('data', () => events.push('read'));
      afterReading(20, () => resolve(void events.push('over')));
      client.write('answer');
      const end = performance.now() + 100;
      while (performance.now() < end);
    });
    expect(events).toEqual(['read', 'over']);
  } finally {
    client.destroy();
    socket.destroy();
    server.close();
  }
});

it('does not come once it is called off, not even by what has just arrived', async () => {
  const over: string[] = [];
  afterReading(1, () => over.push('in time'))();
  const late = afterReading(1, () => over.push('late'));
  // Behind the timer, and before the immediate that it has set.
  setTimeout(late, 1);
  const end = performance.now() + 20;
  while (performance.now() < end);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(over).toEqual([]);
});
