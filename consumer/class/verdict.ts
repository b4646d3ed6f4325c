/** Marks an error that says what becomes of its job, also one of another installed copy of this package. */
const VERDICT = Symbol.for('memq.verdict.1');

/** Thrown by a job that is not worth another try: it goes to the failed ones at once. */
export class Fail extends Error {
  readonly [VERDICT] = 'fail';
  override name = 'Fail';
}

/** Thrown by a job that is void, such as mail to somebody who has left: it ends as if it were done. */
export class Discard extends Error {
  readonly [VERDICT] = 'discard';
  override name = 'Discard';
}

/** What an error that a job threw says of the job. */
export function verdictOf(error: unknown): 'fail' | 'discard' | undefined {
  try {
    if (!(error instanceof Error) || !(VERDICT in error)) return undefined;
    return error[VERDICT] === 'discard' ? 'discard' : 'fail';
  } catch {
    // Anything can be thrown, also an object whose properties throw.
    return undefined;
  }
}
