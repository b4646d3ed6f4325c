import { begins, numberAt, numberBefore } from './bytes.ts';
import { type AnswerLines, DONE, MISS, type Protocol, WRONG } from './protocol.ts';

const INSERTED = Buffer.from('INSERTED ');
const RESERVED = Buffer.from('RESERVED ');
const DELETED = Buffer.from('DELETED\r\n');
const TIMED_OUT = Buffer.from('TIMED_OUT\r\n');
const AFTER_BODY = Buffer.from('\r\n');
/** Seconds that a worker has for a job before it is given to another one. */
const TIME_TO_RUN = 60;

/**
 * beanstalkd has no destructive read: taking an item is `reserve-with-timeout 0` and, once the item's id is
 * known, `delete`. The delete leaves behind whatever is in flight, so only one operation at a time keeps
 * answers in order. All items are in the tube `default`.
 */
export const beanstalkd: Protocol = {
  pipelines: false,
  set: (_queue, body) => `put 0 0 ${TIME_TO_RUN} ${Buffer.byteLength(body)}\r\n${body}\r\n`,
  get: () => 'reserve-with-timeout 0\r\n',
  lines: (send) => new BeanstalkdLines(send),
};

class BeanstalkdLines implements AnswerLines {
  readonly #send: (request: string) => void;
  #reserved = 0;

  constructor(send: (request: string) => void) {
    this.#send = send;
  }

  judge(bytes: Buffer, start: number, end: number): number {
    if (begins(bytes, start, INSERTED) || begins(bytes, start, DELETED)) return DONE;
    if (begins(bytes, start, RESERVED)) {
      this.#reserved = numberAt(bytes, start + RESERVED.length);
      return numberBefore(bytes, end - 1);
    }
    if (this.#reserved > 0 && begins(bytes, start, AFTER_BODY)) {
      this.#send(`delete ${this.#reserved}\r\n`);
      this.#reserved = 0;
      return 0;
    }
    return begins(bytes, start, TIMED_OUT) ? MISS : WRONG;
  }
}
