import type { ProtocolName } from './protocols.ts';

/** One measurement: what a load generator is to do. */
export interface LoadSpec {
  protocol: ProtocolName;
  port: number;
  connections: number;
  /** Operations in flight on each connection. */
  inFlight: number;
  queue: string;
  keys: Keys;
  body: string;
  /**
   * Each body begins with the number of the connection that stores it, counted from this one on, and of the message on
   * it instead, so that those who take them see whether each comes once and in order. Not with `mixed`.
   */
  numberedFrom?: number;
  /** `mixed`: every connection stores and takes in turn, so that it never takes from an empty queue. */
  mode: 'set' | 'get' | 'mixed';
  /** The first request of every connection, which counts as an operation, before the clock starts. */
  greeting?: string;
  /** Operations before the clock starts. */
  warmUp: number;
  /** Operations measured. */
  ops: number;
}

/**
 * What the keys of sets say beside the queue's name; all but `plain` is memq's own. `random`: a priority, and for a
 * third of them a delay of up to two seconds. `numbered`: each operation has a queue of its own, the name and a
 * number from 0; on one connection only. `dueAt`: a delay that ends then, milliseconds since the epoch; with
 * numbered bodies only. `queues`: so many queues, the name and a number of as many digits for all, each once before one
 * comes again; for sets on one connection, or what is stored is taken from the same queue.
 */
export type Keys = 'plain' | 'random' | 'numbered' | { dueAt: number } | { queues: number };

/** What came of it; latencies in milliseconds. Misses and wrong answers count the warm-up as well. */
export interface LoadResult {
  opsPerSecond: number;
  /** Operations per second of the first tenth of those measured, of the second, and so on. */
  tenths: number[];
  latency: Latency;
  misses: number;
  wrong: number;
  /** Share of one processor that the generator itself took, 0 to 1: near 1, it is what was measured. */
  busy: number;
}

export interface Latency {
  p50: number;
  p99: number;
  p999: number;
}
