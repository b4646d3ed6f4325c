import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';
import type { BodyCheck, Protocol } from './protocol.ts';
import type { Requests } from './requests.ts';
import type { LoadSpec } from './spec.ts';
import type { Tally } from './tally.ts';

/** All connections read into this buffer: what arrives is used up before the next read. */
const received = Buffer.allocUnsafe(64 * 1024);

/** A closed loop on one connection: keeps `inFlight` operations on the way until the tally has no more. */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #requests: Requests;
  readonly #tally: Tally;
  /** This connection's number among those of the load. */
  readonly #number: number;
  readonly #greeting: string | undefined;
  readonly #limit: number;
  readonly #reader: AnswerReader;
  /** When the operations in flight were sent: a ring, since answers come in order. */
  readonly #sentAt: Float64Array;
  #sent = 0;
  #answered = 0;
  /** How many of those sent came from `#requests`. */
  #drawn = 0;
  /** The time in milliseconds, read once for all that happens in one turn. */
  #now = 0;

  constructor(
    spec: LoadSpec,
    protocol: Protocol,
    requests: Requests,
    bodies: BodyCheck,
    tally: Tally,
    number: number,
  ) {
    this.#requests = requests;
    this.#tally = tally;
    this.#number = number;
    this.#greeting = spec.greeting;
    this.#limit = spec.inFlight;
    this.#sentAt = new Float64Array(spec.inFlight);
    const lines = protocol.lines((request) => this.#socket.write(request, 'latin1'));
    this.#reader = new AnswerReader(lines, bodies, (verdict) => this.#onAnswer(verdict));
    this.#socket = connect({
      host: '127.0.0.1',
      port: spec.port,
      noDelay: true,
      onread: { buffer: received, callback: (length) => this.#onRead(length) },
    });
  }

  /** Resolves when connected; `onClose` is called if the server ends the connection or it fails. */
  async open(onClose: (error: Error) => void): Promise<void> {
    await once(this.#socket, 'connect');
    this.#socket.on('error', onClose);
    this.#socket.on('close', () => onClose(new Error('the server closed a connection')));
  }

  start(): void {
    this.#now = performance.now();
    if (this.#greeting !== undefined && this.#tally.claim(1) === 1) this.#send(this.#greeting, 1);
    this.#refill();
  }

  close(): void {
    this.#socket.removeAllListeners();
    this.#socket.destroy();
  }

  #onRead(length: number): boolean {
    this.#now = performance.now();
    this.#reader.read(received, length);
    // Below half, so that a pipeline travels in bunches rather than one by one.
    if (this.#sent - this.#answered <= this.#limit / 2) this.#refill();
    return true;
  }

  #onAnswer(verdict: number): void {
    this.#tally.answered(verdict, this.#sentAt[this.#answered++ % this.#limit], this.#now);
  }

  #refill(): void {
    const count = this.#tally.claim(this.#limit - (this.#sent - this.#answered));
    if (count === 0) return;
    this.#send(this.#requests.run(this.#number, this.#drawn, count), count);
    this.#drawn += count;
  }

  #send(requests: string | Buffer, count: number): void {
    this.#socket.write(requests);
    for (let i = 0; i < count; i++) this.#sentAt[this.#sent++ % this.#limit] = this.#now;
  }
}
