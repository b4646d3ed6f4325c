import type { Position } from '../position.ts';

/** A server of a cluster. */
export interface Member {
  /** Its own, a new one at each start. */
  readonly id: string;
  /** HOST:PORT at which other servers reach it. */
  readonly address: string;
  /** Of memq. */
  readonly version: string;
  /** The newest format of events that it can read. */
  readonly format: number;
  /** All before it is applied to its state. */
  readonly applied: Position;
  /** Whether it reads the log from the beginning, and has not come to the end yet. */
  readonly isJoining: boolean;
  /** Milliseconds since it was seen last, by the clock of the database. */
  readonly seenMs: number;
}

/** The servers of a cluster, as the database knows them. */
export interface ClusterMembers {
  /** Says that this one is there; to be called every second or so. Rejects with the error of the database. */
  announce(member: Omit<Member, 'seenMs'>): Promise<void>;
  /** Those that were seen within a minute. */
  list(): Promise<readonly Member[]>;
  /** This one ends. */
  leave(id: string): Promise<void>;
}

/** What the database promises, and how it is. */
export interface DatabaseCondition {
  /** The host that is used, as it was written, and its timeline; '' and 0 where there is none. */
  readonly host: string;
  readonly timeline: number;
  /** What a failover of the database can lose, in one line. */
  readonly promise: string;
  /** Whether a commit is on at least one more machine, on its disk. */
  readonly isReplicated: boolean;
  /** Standbys that are connected, and how many of them a commit waits for. */
  readonly standbys: number;
  readonly waitsFor: number;
  /** Hosts of the URL that accept writes: more than one is a split that somebody has to look at. */
  readonly writableHosts: number;
  /** What is wrong, a line each, for people. */
  readonly problems: readonly string[];
  /** Why nothing can be written now, if so: away, read-only, full, two that accept writes ... */
  readonly refusal: string | undefined;
  /** Age of the oldest snapshot, milliseconds: it keeps what is trimmed on the disk. */
  readonly oldestSnapshotMs: number;
}
