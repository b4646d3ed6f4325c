import type { Socket } from 'node:net';
import type { Leader } from './leader.ts';
import { encodeProxyHeader, type ProxyHeader } from './proxy-header.ts';
import { whenQuiet } from './quiet.ts';
import { connectShared, readShared } from './shared-read.ts';

/** Seconds without a sign of life after which the kernel asks whether the other side is still there. */
const KEEPALIVE_SECONDS = 60;

/**
 * How long a client may take for the last bytes when the leader has said all that it says, milliseconds; and how long it
 * is read after them: the kernel answers what nobody has read with a reset, which may overtake them.
 */
const LAST_BYTES_MS = 60_000;
const LINGER_MS = 1000;

interface Events {
  /** The leader is reached: bytes go both ways from now on. */
  reached(): void;
  /** It was not, and nothing has been read of the client. */
  unreachable(reason: string): void;
  /** Both sides are closed. */
  closed(): void;
}

/** A client's connection that is passed to the leader: bytes go both ways as they are, TLS unopened. */
export class Relay {
  readonly #accepted: Socket;
  readonly #leader: Socket;
  readonly #events: Events;
  /** The client, once the leader is reached. */
  #client: Socket | undefined;
  /** Sockets that are not closed yet. */
  #open = 1;
  #isLast = false;
  /** Ends what is done last. */
  #timer: NodeJS.Timeout | undefined;

  /** `accepted`: a client of which nothing has been read; `header`: what the leader is told of it. */
  constructor(accepted: Socket, header: ProxyHeader, to: Leader, events: Events) {
    this.#accepted = accepted;
    this.#events = events;
    const leader = connectShared(to, (bytes, length) => {
      if (this.#client !== undefined) pass(bytes, length, leader, this.#client);
    });
    this.#leader = leader;
    leader.setKeepAlive(true, KEEPALIVE_SECONDS * 1000);
    leader.once('connect', () => this.#join(header));
    let problem = 'the connection was closed';
    leader.on('error', ({ message }) => {
      problem = message;
    });
    leader.on('close', () => {
      if (this.#client === undefined) this.#events.unreachable(problem);
      else this.#closed(this.#client);
    });
  }

  get isReached(): boolean {
    return this.#client !== undefined;
  }

  /** Bytes that have come from the client. */
  get bytesRead(): number {
    return this.#client?.bytesRead ?? 0;
  }

  /** Bytes for the client that the kernel has taken. */
  get bytesWritten(): number {
    const client = this.#client;
    return client === undefined ? 0 : client.bytesWritten - client.writableLength;
  }

  /** Closes both sides at once. One that has not reached the leader ends as unreachable. */
  destroy(): void {
    this.#client?.destroy();
    this.#leader.destroy();
  }

  /** Has the leader answer all that the client has sent, and ends. See `whenQuiet`. */
  stop(patienceMs: number): void {
    if (this.#client !== undefined) whenQuiet(this.#client, patienceMs, () => this.#leader.end());
  }

  #join(header: ProxyHeader): void {
    const leader = this.#leader;
    leader.write(encodeProxyHeader(header));
    this.#accepted.setKeepAlive(true, KEEPALIVE_SECONDS * 1000);
    const client = readShared(this.#accepted, (bytes, length) => pass(bytes, length, client, leader));
    this.#client = client;
    this.#open++;
    client.on('end', () => leader.end());
    leader.on('end', () => this.#endClient(client));
    client.on('drain', () => leader.resume());
    leader.on('drain', () => client.resume());
    // Every error is followed by 'close'.
    client.on('error', () => {});
    client.on('close', () => this.#closed(client));
    this.#events.reached();
  }

  /** One side is closed. */
  #closed(client: Socket): void {
    this.#open--;
    if (this.#open === 0) {
      clearTimeout(this.#timer);
      this.#events.closed();
    } else if (client.destroyed) {
      this.#leader.destroy();
    } else {
      this.#endClient(client);
      client.resume();
    }
  }

  /** The leader says nothing more: the client gets what there is, and is closed. */
  #endClient(client: Socket): void {
    if (this.#isLast) return;
    this.#isLast = true;
    this.#destroyIn(LAST_BYTES_MS);
    client.end(() => this.#destroyIn(LINGER_MS));
  }

  #destroyIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#open > 0) this.#timer = setTimeout(() => this.destroy(), ms).unref();
  }
}

/** Passes bytes that are valid during the call only. While those before are not taken, no more are read. */
function pass(bytes: Buffer, length: number, from: Socket, to: Socket): void {
  if (to.writable && !to.write(Buffer.from(bytes.subarray(0, length)))) from.pause();
}
