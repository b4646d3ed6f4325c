import { ServerError } from './errors.ts';

const NEWLINE = 0x0a;

/**
 * Splits the answer to a read with `/info`: a line of JSON about the message, and the payload.
 *
 * @throws ServerError when it is no such answer
 */
export function splitInfo<About extends object>(answer: Buffer): { about: About; payload: Buffer } {
  const end = answer.indexOf(NEWLINE);
  try {
    const about: About | null = JSON.parse(answer.toString('utf8', 0, end));
    if (typeof about === 'object' && about !== null) return { about, payload: answer.subarray(end + 1) };
  } catch {
    // Not JSON.
  }
  throw new ServerError('the answer does not begin with a line about the job: is this a memq-server?', 0);
}
