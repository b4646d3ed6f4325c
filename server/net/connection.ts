import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Client } from '../session/client.ts';
import { Session, type SessionContext } from '../session/session.ts';
import type { Transport } from '../session/transport.ts';
import { SocketOutput } from './output.ts';
import { whenQuiet } from './quiet.ts';
import { readShared } from './shared-read.ts';

/** Seconds without a sign of life after which the kernel asks whether the other side is still there. */
const KEEPALIVE_SECONDS = 60;

/**
 * How long we go on reading, and dropping, what a client sends that was told off. The kernel answers what nobody
 * has read with a reset, which may overtake the last reply.
 */
const LINGER_MS = 1000;

let lastId = 0;

/** A socket and the session that runs on it. */
export class Connection implements Transport {
  /** Ascending in the order in which they came. */
  readonly id: number;
  readonly remote: string;
  readonly output: SocketOutput;
  readonly #context: SessionContext;
  readonly #socket: Socket;
  readonly #session: Session;
  readonly #openedAt = performance.now();
  #ended = false;
  /** Bytes that had come in, and those that were still to go out, when that last changed (performance.now()). */
  #received = 0;
  #receivedAt = performance.now();
  #unsent = 0;
  #sentAt = performance.now();

  /** `remote`: where the client is, if it is not the other end of the socket. */
  constructor(context: SessionContext, accepted: Socket, onClose: () => void, remote = remoteOf(accepted)) {
    accepted.setKeepAlive(true, KEEPALIVE_SECONDS * 1000);
    const onBytes = (bytes: Buffer, length: number): void => this.#session.receive(bytes, length);
    const socket =
      accepted instanceof TLSSocket ? readChunks(accepted, onBytes) : readShared(accepted, onBytes);
    this.#context = context;
    this.#socket = socket;
    this.id = ++lastId;
    this.remote = remote;
    this.output = new SocketOutput(socket, () => this.#session.drained());
    this.#session = new Session(context, this);
    socket.on('end', () => this.#session.receiveEnd());
    socket.on('drain', () => this.#session.drained());
    // Every error is followed by 'close', and there is nothing to do about it but to clean up.
    socket.on('error', (error) => context.logger.debug({ error: error.message }, 'connection failed'));
    socket.on('close', () => {
      this.#session.close();
      onClose();
    });
  }

  get client(): Client {
    return this.#session.client;
  }

  get activity(): Session['activity'] {
    return this.#session.activity;
  }

  get secondsIdle(): number {
    return Math.floor((performance.now() - this.#receivedAt) / 1000);
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** What the kernel has taken: what is still to go out may never do so. */
  get bytesWritten(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  /** Closes the connection when it is idle, does not read its replies, or has no login, for too long at `now`. */
  expire(now: number, loginMs: number): void {
    const { idleTimeoutMs, stalledTimeoutMs } = this.#context.limits;
    const socket = this.#socket;
    if (socket.bytesRead !== this.#received || !this.#session.isIdle) {
      this.#received = socket.bytesRead;
      this.#receivedAt = now;
    }
    const unsent = unsentBytes(socket);
    if (unsent !== this.#unsent || unsent === 0) {
      this.#unsent = unsent;
      this.#sentAt = now;
    }
    const isIdle = idleTimeoutMs > 0 && now - this.#receivedAt >= idleTimeoutMs;
    const isStranger = !this.client.isLoggedIn && now - this.#openedAt >= loginMs;
    if (isIdle || isStranger) this.#context.counts.idleKicks++;
    if (isIdle || isStranger || now - this.#sentAt >= stalledTimeoutMs) this.destroy();
  }

  /** The server goes down: ends when all is answered that the client has sent. See `whenQuiet`. */
  stop(patienceMs: number): void {
    whenQuiet(this.#socket, patienceMs, () => this.#session.stop());
  }

  /** Takes what was read of the client before. */
  receive(bytes: Buffer): void {
    this.#session.receive(bytes, bytes.length);
  }

  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  end(lingers: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.output.flush();
    const socket = this.#socket;
    // The client may keep its side open for ever; all it asked for has been sent.
    if (!lingers) socket.end(() => socket.destroy());
    else socket.resume().end(() => setTimeout(() => socket.destroy(), LINGER_MS).unref());
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function remoteOf({ remoteAddress = 'unix', remotePort = 0 }: Socket): string {
  return remotePort === 0 ? remoteAddress : `${remoteAddress}:${remotePort}`;
}

/**
 * Bytes that the kernel has not taken yet. `writableLength` alone stays the same until a write is through, which of
 * a large reply to a slow client may take any time; node watches the same inner number for its own timeouts.
 */
function unsentBytes(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle: { writeQueueSize?: number } | null };
  return socket.writableLength + (handle?.writeQueueSize ?? 0);
}

function readChunks(socket: Socket, onBytes: (bytes: Buffer, length: number) => void): Socket {
  socket.on('data', (chunk: Buffer) => onBytes(chunk, chunk.length));
  return socket;
}
