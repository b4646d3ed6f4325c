import { begins, numberAt } from './bytes.ts';
import { type AnswerLines, DONE, MISS, type Protocol, WRONG } from './protocol.ts';

const LENGTH = Buffer.from(':');
const NIL = Buffer.from('$-1');
const BULK = Buffer.from('$');
const AFTER_BODY = Buffer.from('\r\n');

/** A Redis list as a queue: `LPUSH` and `RPOP`. */
export const redis: Protocol = {
  pipelines: true,
  set: (queue, body) => command('LPUSH', queue, body),
  get: (queue) => command('RPOP', queue),
  lines: () => new RedisLines(),
};

function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

class RedisLines implements AnswerLines {
  #hit = false;

  judge(bytes: Buffer, start: number): number {
    if (begins(bytes, start, LENGTH)) return DONE;
    if (begins(bytes, start, NIL)) return MISS;
    if (begins(bytes, start, BULK)) {
      this.#hit = true;
      return numberAt(bytes, start + BULK.length);
    }
    if (this.#hit && begins(bytes, start, AFTER_BODY)) {
      this.#hit = false;
      return DONE;
    }
    return WRONG;
  }
}
