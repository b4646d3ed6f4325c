/**
 * Calls `run` in so many milliseconds, behind the turn of the sockets: a process that was paused or busy runs its timers first,
 * whatever has come in meanwhile. Returns what calls it off.
 */
export function afterReading(ms: number, run: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    immediate = setImmediate(run);
  }, ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
