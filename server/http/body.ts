import type { Context } from 'hono';
import { Problem } from './problem.ts';

/** Bytes of a batch. */
export const MOST_BATCH_BYTES = 16 * 1024 * 1024;

/** Bytes of a message that stands in JSON: six for a character of three, and what is said of it. */
export function longestJson(maxItemSize: number): number {
  return maxItemSize * 2 + 65_536;
}

/** Bytes of all else, of which a list of handles is the longest. */
export const LONGEST_OTHER = 64 * 1024;

/** The body of a request, as bytes. Throws a Problem (413) where it is longer than `most`. */
export async function readBody({ req }: Context, most: number): Promise<Buffer> {
  const bytes = Buffer.from(await req.arrayBuffer());
  if (bytes.length > most) throw tooLarge(most);
  return bytes;
}

export function tooLarge(most: number, where = ''): Problem {
  return new Problem(413, 'too-large', `more than ${most} bytes${where && ` ${where}`}`);
}
