/**
 * What a line means for the answer it belongs to. A number of zero or more says: the answer goes on, and
 * so many bytes of body come first (0: another line).
 */
export const DONE = -1;
export const MISS = -2;
export const WRONG = -3;

/** Reads the answers of one connection, line by line; bodies are left to the caller. */
export interface AnswerLines {
  /** Judges the line at [start, end) of `bytes`, its line feed excluded; the line end after a body counts. */
  judge(bytes: Buffer, start: number, end: number): number;
}

/** How one kind of server is told to store an item and to take one. Answers come in the order of requests. */
export interface Protocol {
  /** Whether several operations may be in flight on one connection. */
  readonly pipelines: boolean;
  set(queue: string, body: string): string;
  get(queue: string): string;
  /** `send` writes a further request that belongs to the operation being answered. */
  lines(send: (request: string) => void): AnswerLines;
}

/** Says whether the bodies that one connection takes are right. */
export interface BodyCheck {
  /** Of every right body, bytes. */
  readonly length: number;
  /** Whether the next `length` bytes of a body, those from `offset` on, are found in `bytes` at `start`. */
  isPart(bytes: Buffer, start: number, offset: number, length: number): boolean;
  /** Whether a body whose parts were right is right as a whole. Called once for each. */
  isWhole(): boolean;
}
