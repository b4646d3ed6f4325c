import type { Socket } from 'node:net';
import { Output } from './output.ts';
import { Session, type SessionContext, type Transport } from './session.ts';
import { readShared } from './shared-read.ts';

/** Seconds without a sign of life after which the kernel asks whether the other side is still there. */
const KEEPALIVE_SECONDS = 60;

/** A socket and the session that runs on it. */
export class Connection implements Transport {
  readonly output: Output;
  readonly session: Session;
  readonly #socket: Socket;
  #ended = false;

  constructor(context: SessionContext, accepted: Socket, onClose: () => void) {
    accepted.setKeepAlive(true, KEEPALIVE_SECONDS * 1000);
    const socket = readShared(accepted, (bytes, length) => this.session.receive(bytes, length));
    this.#socket = socket;
    this.output = new Output(socket);
    this.session = new Session(context, this);
    socket.on('end', () => this.session.receiveEnd());
    socket.on('drain', () => this.session.drained());
    // Every error is followed by 'close', and there is nothing to do about it but to clean up.
    socket.on('error', (error) => context.logger.debug({ error: error.message }, 'connection failed'));
    socket.on('close', () => {
      this.session.close();
      onClose();
    });
  }

  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.output.flush();
    this.#socket.end(() => {
      // The client may keep its side open for ever; all it asked for has been sent.
      this.#socket.destroySoon();
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
