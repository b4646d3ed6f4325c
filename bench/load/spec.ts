import type { ProtocolName } from './protocols.ts';

/** One measurement: what a load generator is to do. */
export interface LoadSpec {
  protocol: ProtocolName;
  port: number;
  connections: number;
  /** Operations in flight on each connection. */
  inFlight: number;
  queue: string;
  body: string;
  /** `mixed`: every connection stores and takes in turn, so that it never takes from an empty queue. */
  mode: 'set' | 'mixed';
  /** Operations before the clock starts. */
  warmUp: number;
  /** Operations measured. */
  ops: number;
}

/** What came of it; latencies in milliseconds. Misses and wrong answers count the warm-up as well. */
export interface LoadResult {
  opsPerSecond: number;
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
