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

/** How long one write and its fdatasync took, in milliseconds. */
export type BareOutcome = { result: Latency } | { error: string };
