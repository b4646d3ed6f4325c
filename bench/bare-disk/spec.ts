import type { Latency } from '../load/spec.ts';

/** What is to be written, and how often. */
export interface BareSpec {
  /** Where; the file is removed again. */
  directory: string;
  /** Of each write. */
  bytes: number;
  warmUp: number;
  writes: number;
}

/** How long a write took with its sync, milliseconds, and how many of both there were in a second. */
export interface BareResult {
  latency: Latency;
  writesPerSecond: number;
}
