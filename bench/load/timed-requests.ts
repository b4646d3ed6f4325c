import type { Protocol } from './protocol.ts';
import type { Requests } from './requests.ts';
import type { LoadSpec } from './spec.ts';

/** Sets whose delay ends at one moment, so that each is encoded when it is sent. */
export class TimedRequests implements Requests {
  readonly #protocol: Protocol;
  readonly #spec: LoadSpec;
  /** Milliseconds since the epoch. */
  readonly #dueAt: number;

  constructor(protocol: Protocol, spec: LoadSpec, dueAt: number) {
    if (spec.mode !== 'set') throw new Error('what is due at a time can only be set');
    this.#protocol = protocol;
    this.#spec = spec;
    this.#dueAt = dueAt;
  }

  run(connection: number, first: number, count: number): Buffer {
    const { queue, body } = this.#spec;
    const key = `${queue}/delay=${Math.max(this.#dueAt - Date.now(), 1) / 1000}`;
    let text = '';
    for (let i = first; i < first + count; i++) {
      text += this.#protocol.set(key, numberedBody(connection, i, body.length));
    }
    return Buffer.from(text, 'latin1');
  }
}

/** The number of a connection and of a message on it, filled up to `length` bytes. */
function numberedBody(connection: number, message: number, length: number): string {
  return `${connection} ${message} `.padEnd(length, '.');
}

/** Reads a body back. */
export function parseNumberedBody(body: string): { connection: number; message: number } {
  const [connection, message] = body.split(' ', 2).map(Number);
  return { connection: connection!, message: message! };
}
