/** Runs what comes in slices in one go; its result. */
export function readNow<T>(slices: Generator<void, T>): T {
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
  }
}
