/** The requests of one load, connection by connection. */
export interface Requests {
  /** The bytes of `count` requests, beginning with the `first`-th (from 0) of the connection of that number. */
  run(connection: number, first: number, count: number): Buffer;
}
