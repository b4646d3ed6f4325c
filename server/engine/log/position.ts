/** A record's place: its byte offset in the whole log, below 2^53, ascending and never used again. */
export type Position = number;

/** A stretch of the log, `from` included, `to` not. */
export interface Range {
  readonly from: Position;
  readonly to: Position;
}
