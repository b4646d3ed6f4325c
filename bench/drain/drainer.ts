import type { Peer } from '../peers/peer.ts';

/** What empties a queue: how its jobs are stored and run. */
export interface Drainer {
  readonly name: string;
  readonly server: Peer;
  /** Whether what it needs, besides the server, can be run here. */
  isInstalled(): boolean;
  /** Stores jobs that do nothing. */
  enqueue(port: number, jobs: number): Promise<void>;
  /** Runs them in a new process, which is to end when none is left. */
  drain(order: DrainOrder): Promise<Drained>;
}

interface DrainOrder {
  readonly port: number;
  readonly jobs: number;
  /** Jobs at a time. */
  readonly concurrency: number;
  /** For what it writes. */
  readonly directory: string;
}

export interface Drained {
  /** From the first job's start until the last one's end is known to the server. */
  readonly seconds: number;
  /** From the start of the process until it has ended. */
  readonly wholeSeconds: number;
  /** How many jobs really ran. */
  readonly calls: number;
}
