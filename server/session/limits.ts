/** What the operator has set for connections. It is read anew at each use, so that a change takes effect at once. */
export interface Limits {
  readonly maxConnections: number;
  /** Bytes of one message's body. */
  readonly maxItemSize: number;
  /** 0: never. */
  readonly idleTimeoutMs: number;
  readonly stalledTimeoutMs: number;
  /** `memcacheq`: `/` is a character of a queue's name as any other, so that only keys of the server's own names have options. */
  readonly compat: 'none' | 'memcacheq';
}

/** Weight of the requests of one connection that may be under way; whoever sends more is read on as replies leave. */
export const MAX_PENDING = 10_000;
/** Weight of a read: each holds a body in memory, so only 16 of one connection may be under way at once. */
export const READ_WEIGHT = MAX_PENDING / 16;
/** Bytes of replies that the client has not taken yet, beyond the one that crosses the line. */
export const MAX_OUTPUT = 1 << 20;
/**
 * Bytes that may come in behind a read that waits; when there are more, it waits no longer. Not to read them would
 * bound them, too, but hide that the client has gone.
 */
export const MAX_BEHIND = 1 << 18;
/** Connections that may wait to be accepted. */
export const BACKLOG = 1024;
/** Requests that a connection may run in one turn of the event loop. */
export const MAX_PER_TURN = 200;
