import { begins, numberBefore } from './bytes.ts';
import { type AnswerLines, DONE, MISS, type Protocol, WRONG } from './protocol.ts';

const STORED = Buffer.from('STORED\r\n');
const VALUE = Buffer.from('VALUE ');
const END = Buffer.from('END\r\n');
const AFTER_BODY = Buffer.from('\r\n');

/** The text protocol of memcached: `set` and `get`. */
export const memcached: Protocol = {
  pipelines: true,
  set: (queue, body) => `set ${queue} 0 0 ${Buffer.byteLength(body)}\r\n${body}\r\n`,
  get: (queue) => `get ${queue}\r\n`,
  lines: () => new MemcachedLines(),
};

class MemcachedLines implements AnswerLines {
  #hit = false;

  judge(bytes: Buffer, start: number, end: number): number {
    if (begins(bytes, start, STORED)) return DONE;
    if (begins(bytes, start, VALUE)) {
      this.#hit = true;
      return numberBefore(bytes, end - 1);
    }
    if (this.#hit && begins(bytes, start, AFTER_BODY)) return 0;
    if (begins(bytes, start, END)) {
      const verdict = this.#hit ? DONE : MISS;
      this.#hit = false;
      return verdict;
    }
    return WRONG;
  }
}
