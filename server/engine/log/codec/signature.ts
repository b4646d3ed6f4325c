import { randomInt } from 'node:crypto';

/**
 * What is a log's own: random, and the same in all its segments. Recycled files still hold the bodies of old
 * messages, and bodies are the clients': nobody can make one that is taken for a record of this log.
 */
export interface Signature {
  /** uint32. The CRCs of a segment's records start from this plus the segment's number. */
  readonly seed: number;
  /** uint32, not 0. In every batch header, for whoever looks for one behind damage. */
  readonly mark: number;
}

export function newSignature(): Signature {
  return { seed: randomInt(2 ** 32), mark: randomInt(1, 2 ** 32) };
}
