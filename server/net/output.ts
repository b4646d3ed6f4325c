import type { Socket } from 'node:net';
import type { Output, Reply } from '../session/transport.ts';

/** Those with something to send; all is sent together at the end of the current callback. */
let scheduled: SocketOutput[] = [];

function flushScheduled(): void {
  const outputs = scheduled;
  scheduled = [];
  for (const output of outputs) output.flush();
}

/** What a connection has to send. Replies of one turn leave in one write. */
export class SocketOutput implements Output {
  readonly #socket: Socket;
  readonly #onTaken: () => void;
  /** The replies since the last flush: text, and between it large values as they are. */
  #text = '';
  #parts: (string | Buffer)[] = [];
  #isScheduled = false;
  /** Bytes in `#text` and `#parts`. */
  #queued = 0;

  /** `onTaken` is called when the kernel took everything at once. What it takes later ends in a 'drain'. */
  constructor(socket: Socket, onTaken: () => void) {
    this.#socket = socket;
    this.#onTaken = onTaken;
  }

  /** Bytes that the client has not taken yet. */
  get pending(): number {
    return this.#queued + this.#socket.writableLength;
  }

  add(reply: Reply): void {
    if (typeof reply === 'string') {
      this.#text += reply;
      this.#queued += reply.length;
    } else {
      for (const part of reply) this.#addPart(part);
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (scheduled.push(this) === 1) process.nextTick(flushScheduled);
  }

  flush(): void {
    this.#isScheduled = false;
    this.#queued = 0;
    const text = this.#text;
    this.#text = '';
    if (this.#socket.destroyed) {
      this.#parts = [];
      return;
    }
    if (this.#parts.length === 0) {
      if (text !== '') this.#socket.write(text, 'latin1');
    } else {
      const parts = this.#parts;
      this.#parts = [];
      this.#socket.cork();
      for (const part of parts) {
        if (typeof part === 'string') this.#socket.write(part, 'latin1');
        else this.#socket.write(part);
      }
      if (text !== '') this.#socket.write(text, 'latin1');
      this.#socket.uncork();
    }
    if (this.#socket.writableLength === 0) this.#onTaken();
  }

  #addPart(part: string | Buffer): void {
    this.#queued += part.length;
    if (typeof part === 'string') {
      this.#text += part;
      return;
    }
    this.#parts.push(this.#text, part);
    this.#text = '';
  }
}
