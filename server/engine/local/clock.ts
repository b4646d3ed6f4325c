/** Engine time in milliseconds since the epoch. */
export type Clock = () => number;

/**
 * The wall clock's time at the start, carried on by a monotonic clock: a wall clock that is set while the
 * server runs neither makes everything due nor stops anything.
 */
export function engineClock(): Clock {
  const start = Date.now() - performance.now();
  return () => start + performance.now();
}
