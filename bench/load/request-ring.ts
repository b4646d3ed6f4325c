import type { Protocol } from './protocol.ts';
import type { Requests } from './requests.ts';
import type { Keys, LoadSpec } from './spec.ts';

/** More than a server can be expected to remember. */
const RANDOM_KEYS = 4096;
const MOST_URGENT = 0;
const LEAST_URGENT = 65_535;
const LONGEST_DELAY_MS = 2000;

/** Requests that are encoded once and sent again and again: a run of them is a part of one buffer. */
export class RequestRing implements Requests {
  readonly #bytes: Buffer;
  /** Where each request begins: those of the ring, and again as many as a run may reach beyond its end. */
  readonly #starts: number[] = [0];
  readonly #size: number;
  /** Requests between the first ones of two connections. */
  readonly #distance: number;

  constructor(protocol: Protocol, spec: LoadSpec, keys: Exclude<Keys, object>) {
    const names = namesOf(keys, spec);
    const get = protocol.get(spec.queue);
    const ring = names.flatMap((name) => {
      if (spec.mode === 'get') return [get];
      const set = protocol.set(name, spec.body);
      return spec.mode === 'set' ? [set] : [set, get];
    });
    this.#size = ring.length;
    this.#distance = Math.floor(names.length / spec.connections) * (ring.length / names.length);
    const all = Array.from({ length: ring.length + spec.inFlight }, (_, i) => ring[i % ring.length]);
    this.#bytes = Buffer.from(all.join(''));
    let end = 0;
    for (const request of all) {
      end += Buffer.byteLength(request);
      this.#starts.push(end);
    }
  }

  run(connection: number, first: number, count: number): Buffer {
    const start = (connection * this.#distance + first) % this.#size;
    return this.#bytes.subarray(this.#starts[start], this.#starts[start + count]);
  }
}

function namesOf(keys: Exclude<Keys, object>, { queue, connections, warmUp, ops }: LoadSpec): string[] {
  switch (keys) {
    case 'plain':
      return [queue];
    case 'numbered':
      if (connections > 1) throw new Error('queues are numbered on one connection only');
      return Array.from({ length: warmUp + ops }, (_, i) => `${queue}${i}`);
    case 'random':
      return Array.from({ length: RANDOM_KEYS }, (_, i) => {
        const key = `${queue}/pri=${between(MOST_URGENT, LEAST_URGENT)}`;
        return i % 3 === 0 ? `${key}/delay=${between(1, LONGEST_DELAY_MS) / 1000}` : key;
      });
  }
}

/** A random whole number, both ends included. */
function between(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}
