import { it } from 'vitest';

/**
 * Declares a skipped test for what is not on this machine, and names that on the terminal. The full run of CI fails instead: what
 * .ci/run does not install would be skipped there for ever.
 */
export function missing(why: string): void {
  if (process.env.CI && process.env.TEST_FULL === 'yes') {
    it(why, () => {
      throw new Error(`${why}: .ci/run has to install it`);
    });
    return;
  }
  process.stderr.write(`skipped: ${why}\n`);
  it.skip(why); // it is not on this machine; `why` names it, and .ci/run installs it
}
