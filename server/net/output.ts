import type { Socket } from 'node:net';
import { LateReply, type Output, type Reply, ReplyWriter } from '../session/transport.ts';

/** Those with something to send; all is sent together at the end of the current callback. */
let scheduled: SocketOutput[] = [];

/** Puts together what one of them sends. */
const writer = new ReplyWriter();

function flushScheduled(): void {
  const outputs = scheduled;
  scheduled = [];
  for (const output of outputs) output.flush();
}

/** What a connection has to send. Replies of one turn leave in one write. */
export class SocketOutput implements Output {
  readonly #socket: Socket;
  readonly #onTaken: () => void;
  /** The replies since the last flush, and how many bytes they have at most. */
  #replies: Reply[] = [];
  #queued = 0;
  #isScheduled = false;

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
    this.#replies.push(reply);
    this.#queued += sizeOf(reply);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (scheduled.push(this) === 1) process.nextTick(flushScheduled);
  }

  flush(): void {
    const replies = this.#replies;
    this.#isScheduled = false;
    this.#queued = 0;
    this.#replies = [];
    if (this.#socket.destroyed) return;
    const pieces = putTogether(replies);
    if (pieces.length > 1) this.#socket.cork();
    for (const piece of pieces) this.#write(piece);
    if (pieces.length > 1) this.#socket.uncork();
    if (this.#socket.writableLength === 0) this.#onTaken();
  }

  #write(piece: string | Buffer): void {
    if (typeof piece === 'string') this.#socket.write(piece, 'latin1');
    else this.#socket.write(piece);
  }
}

function sizeOf(reply: Reply): number {
  if (typeof reply === 'string') return reply.length;
  if (reply instanceof LateReply) return reply.size;
  return reply.reduce((sum, part) => sum + part.length, 0);
}

/** As few pieces as there can be without a copy of what is large. */
function putTogether(replies: readonly Reply[]): readonly (string | Buffer)[] {
  const [only] = replies;
  if (replies.length === 1 && typeof only === 'string') return [only];
  const pieces: (string | Buffer)[] = [];
  for (const reply of replies) {
    if (typeof reply === 'string') {
      addPart(reply, pieces);
    } else if (reply instanceof LateReply) {
      if (!writer.fits(reply.size)) pieces.push(writer.take());
      reply.writeTo(writer);
    } else {
      for (const part of reply) addPart(part, pieces);
    }
  }
  if (!writer.isEmpty) pieces.push(writer.take());
  return pieces;
}

function addPart(part: string | Buffer, pieces: (string | Buffer)[]): void {
  if (typeof part === 'string' && writer.fits(part.length)) {
    writer.text(part);
    return;
  }
  if (!writer.isEmpty) pieces.push(writer.take());
  pieces.push(part);
}
