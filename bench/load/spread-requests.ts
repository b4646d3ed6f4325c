import type { Protocol } from './protocol.ts';
import type { Requests } from './requests.ts';
import type { LoadSpec } from './spec.ts';

/** A prime, so that steps of it come to each of a number of queues that it does not divide; no neighbour is next. */
const STEP = 7_368_787;
const ZERO = 0x30;

/** A request, and where the number of its queue begins. */
interface Template {
  readonly bytes: Buffer;
  readonly numberAt: number;
}

/** Requests that are spread over many queues, so that their keys are written when they are sent. */
export class SpreadRequests implements Requests {
  readonly #queues: number;
  readonly #digits: number;
  readonly #connections: number;
  /** Of the operations on one queue, in their order. */
  readonly #templates: readonly Template[];

  constructor(protocol: Protocol, { queue, body, mode, connections }: LoadSpec, queues: number) {
    if (queues % STEP === 0) throw new Error(`${queues} queues cannot be gone through`);
    this.#queues = queues;
    this.#digits = String(queues - 1).length;
    this.#connections = connections;
    const key = queue + '0'.repeat(this.#digits);
    const template = (request: string): Template => ({
      bytes: Buffer.from(request, 'latin1'),
      numberAt: request.indexOf(key) + queue.length,
    });
    const [set, get] = [template(protocol.set(key, body)), template(protocol.get(key))];
    this.#templates = mode === 'mixed' ? [set, get] : [mode === 'set' ? set : get];
  }

  run(connection: number, first: number, count: number): Buffer {
    const templates = this.#templates;
    const at = (i: number) => templates[(first + i) % templates.length];
    let length = 0;
    for (let i = 0; i < count; i++) length += at(i).bytes.length;
    const requests = Buffer.allocUnsafe(length);
    for (let i = 0, start = 0; i < count; i++) {
      const { bytes, numberAt } = at(i);
      bytes.copy(requests, start);
      const turn = Math.floor((first + i) / templates.length);
      const number = ((connection + turn * this.#connections) * STEP) % this.#queues;
      this.#writeNumber(requests, start + numberAt, number);
      start += bytes.length;
    }
    return requests;
  }

  #writeNumber(requests: Buffer, start: number, number: number): void {
    let rest = number;
    for (let at = start + this.#digits - 1; at >= start; at--) {
      requests[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}
