import net from 'node:net';
import { onTestFinished } from 'vitest';

const QUERY = 0x51;
const SYNC = 0x53;
const READY = 0x5a;

/**
 * A pooler in transaction mode, as small as one can be: each client has two processes of the database, which take turns.
 * Resolves with its port; it listens until the test ends.
 */
export async function startPooler(port: number): Promise<number> {
  const sockets: net.Socket[] = [];
  const server = net.createServer((client) => {
    const backends = [0, 1].map(() => net.connect(port, '127.0.0.1'));
    sockets.push(client, ...backends);
    for (const socket of [client, ...backends]) socket.on('error', () => {});
    let turn = 0;
    const route = fromClient((message, isStartup) => {
      if (isStartup) for (const backend of backends) backend.write(message);
      else backends[turn]!.write(message);
      if (message[0] === QUERY || message[0] === SYNC) turn = 1 - turn;
    });
    client.on('data', route);
    client.on('close', () => {
      for (const backend of backends) backend.destroy();
    });
    backends[0]!.on('data', (data) => client.write(data));
    // The client hears one greeting only.
    let isGreeting = true;
    backends[1]!.on(
      'data',
      messages((message) => {
        if (!isGreeting) client.write(message);
        if (message[0] === READY) isGreeting = false;
      }),
    );
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

/** Messages of a client: the first one has no type. */
function fromClient(take: (message: Buffer, isStartup: boolean) => void): (data: Buffer) => void {
  let isFirst = true;
  const rest = messages((message) => take(message, false));
  return (data) => {
    if (isFirst) {
      isFirst = false;
      const length = data.readInt32BE(0);
      take(data.subarray(0, length), true);
      rest(data.subarray(length));
    } else rest(data);
  };
}

function messages(take: (message: Buffer) => void): (data: Buffer) => void {
  let kept = Buffer.alloc(0);
  return (data) => {
    kept = Buffer.concat([kept, data]);
    while (kept.length >= 5 && kept.length > kept.readInt32BE(1)) {
      const end = 1 + kept.readInt32BE(1);
      take(kept.subarray(0, end));
      kept = kept.subarray(end);
    }
  };
}
