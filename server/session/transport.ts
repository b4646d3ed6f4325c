import type { Reply } from '../protocol/reply.ts';

export { LateReply, type Reply } from '../protocol/reply.ts';
export { ReplyWriter } from '../protocol/reply-writer.ts';

/** Where replies go. */
export interface Output {
  /** Bytes that the client has not taken yet. */
  readonly pending: number;
  add(reply: Reply): void;
}

/** What a session asks of its connection. */
export interface Transport {
  readonly output: Output;
  /** The client's address. */
  readonly remote: string;
  pauseReading(): void;
  resumeReading(): void;
  /** Closes once everything has been sent. `lingers`: the client may be sending still. */
  end(lingers: boolean): void;
  /** Closes at once. */
  destroy(): void;
}
