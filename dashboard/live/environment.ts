/** What this part needs of a browser. Tests have their own, in which time and messages go as they say. */
export interface Environment {
  readonly clock: Clock;
  /** At least 0, less than 1. */
  random(): number;
  readonly ask: Ask;
  readonly connect: Connect;
  /** Undefined where tabs cannot speak with each other. */
  readonly openChannel: ((hear: (message: unknown) => void) => Channel) | undefined;
  /** Undefined where there are no locks. */
  readonly requestLock: RequestLock | undefined;
}

export interface Clock {
  /** Milliseconds since any moment. */
  now(): number;
  /** Calls once, unless what it returns is called before. */
  after(ms: number, call: () => void): () => void;
}

/** Reads a path below `/api/v1`. Rejects where the server cannot be reached, or when `signal` says so. */
export type Ask = (
  path: string,
  request: { readonly etag: string | undefined; readonly signal: AbortSignal },
) => Promise<Answer>;

export interface Answer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly text: string;
}

/** Opens a stream of these topics, and returns what closes it. After that it calls nobody any more. */
export type Connect = (topics: readonly string[], listener: ConnectionListener) => () => void;

export interface ConnectionListener {
  /** `text`: JSON. */
  onEvent(topic: string, text: string): void;
  /** Something has come, if only a comment. */
  onSign(): void;
  /** It has ended, or there was none. `status`: of an answer that is no stream; 0: the server cannot be reached. */
  onEnd(status: number): void;
}

/** To and from the other tabs. Messages of one tab come in the order in which it sent them. */
export interface Channel {
  post(message: unknown): void;
  close(): void;
}

/** Asks for the lock that one tab has at a time. What it returns gives it back, or asks no more. */
export type RequestLock = (onGranted: () => void) => () => void;
