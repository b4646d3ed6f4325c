/** Milliseconds since the epoch, as a variable. */
export interface Clock {
  now: number;
}
