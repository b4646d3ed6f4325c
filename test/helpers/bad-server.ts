import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Connection } from '../../shared/memcache.ts';

/** A server that does to its connections what `behave` does. */
export class BadServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  connections = 0;

  static async start(behave: (socket: Socket) => void): Promise<BadServer> {
    const server = createServer();
    const bad = new BadServer(server, behave);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return bad;
  }

  /** One that says first that it is a memq-server, as every connection asks. */
  static known(behave: (socket: Socket) => void): Promise<BadServer> {
    return BadServer.start((socket) => {
      socket.once('data', (question) => {
        const opaque = question.readUInt32BE(12);
        const setting = answer(0x10, opaque, 0, 'max_queues0');
        setting.writeUInt16BE('max_queues'.length, 2);
        socket.write(Buffer.concat([setting, answer(0x10, opaque, 0)]));
        behave(socket);
      });
    });
  }

  private constructor(server: Server, behave: (socket: Socket) => void) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      behave(socket);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  connection(timeoutMs: number, login = {}): Connection {
    return new Connection({ host: '127.0.0.1', port: this.port, timeoutMs, ...login });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Longer than any test: what settles before it did not wait for it. */
export const LONG_MS = 600_000;

/** An answer of the binary protocol with nothing but a status and a body. */
export function answer(opcode: number, opaque: number, status: number, body = ''): Buffer {
  const packet = Buffer.alloc(24 + Buffer.byteLength(body));
  packet.writeUInt8(0x81, 0);
  packet.writeUInt8(opcode, 1);
  packet.writeUInt16BE(status, 6);
  packet.writeUInt32BE(Buffer.byteLength(body), 8);
  packet.writeUInt32BE(opaque, 12);
  packet.write(body, 24);
  return packet;
}
