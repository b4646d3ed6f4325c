import type { Protocol } from './protocol.ts';
import type { LoadSpec } from './spec.ts';

/** The requests of one load, encoded once: each run of them that a connection may send is one buffer. */
export class Requests {
  /** By the first request's place in the cycle, then by the number of requests. */
  readonly #runs: Buffer[][];

  constructor(protocol: Protocol, spec: LoadSpec) {
    const set = protocol.set(spec.queue, spec.body);
    const cycle = spec.mode === 'set' ? [set] : [set, protocol.get(spec.queue)];
    this.#runs = cycle.map((_, first) =>
      Array.from({ length: spec.inFlight + 1 }, (_, count) =>
        Buffer.from(Array.from({ length: count }, (_, i) => cycle[(first + i) % cycle.length]).join('')),
      ),
    );
  }

  /** The bytes of `count` requests, beginning with the connection's `first`-th (from 0). */
  run(first: number, count: number): Buffer {
    return this.#runs[first % this.#runs.length]![count]!;
  }
}
