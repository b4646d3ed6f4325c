import { writeNumber } from './numbered-bodies.ts';
import type { Protocol } from './protocol.ts';
import type { Requests } from './requests.ts';
import type { Keys, LoadSpec } from './spec.ts';

/** A request, and where its body begins. */
interface Template {
  readonly bytes: Buffer;
  readonly bodyAt: number;
}

/** Sets whose bodies are numbered, so that each is written when it is sent. */
export class NumberedRequests implements Requests {
  readonly #protocol: Protocol;
  readonly #spec: LoadSpec;
  readonly #firstConnection: number;
  /** Of all requests, where their key is always the same. */
  readonly #template: Template | undefined;

  constructor(protocol: Protocol, spec: LoadSpec, firstConnection: number) {
    const { keys, queue } = spec;
    if (keys !== 'plain' && !isDue(keys)) throw new Error('such keys have no numbered bodies');
    this.#protocol = protocol;
    this.#spec = spec;
    this.#firstConnection = firstConnection;
    if (keys === 'plain') this.#template = this.#templateOf(queue);
  }

  run(connection: number, first: number, count: number): Buffer {
    const { bytes, bodyAt } = this.#template ?? this.#templateOf(this.#keyForNow());
    const requests = Buffer.allocUnsafe(count * bytes.length);
    for (let i = 0; i < count; i++) {
      bytes.copy(requests, i * bytes.length);
      writeNumber(requests, i * bytes.length + bodyAt, this.#firstConnection + connection, first + i);
    }
    return requests;
  }

  #templateOf(key: string): Template {
    const { body } = this.#spec;
    const request = this.#protocol.set(key, body);
    return { bytes: Buffer.from(request, 'latin1'), bodyAt: request.lastIndexOf(body) };
  }

  #keyForNow(): string {
    const { queue, keys } = this.#spec;
    return isDue(keys) ? `${queue}/delay=${Math.max(keys.dueAt - Date.now(), 1) / 1000}` : queue;
  }
}

function isDue(keys: Keys): keys is { dueAt: number } {
  return typeof keys === 'object' && 'dueAt' in keys;
}
