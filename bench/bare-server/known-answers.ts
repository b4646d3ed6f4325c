import { memcached } from '../load/memcached.ts';

/** What is asked and answered in turn on each connection. */
interface Exchange {
  readonly request: number;
  readonly answer: Buffer;
}

/**
 * The answers to sets and gets in turn, as memq gives them, known before they are asked for: a stretch of one buffer
 * answers any number of requests.
 */
export class KnownAnswers {
  /** Bytes of a set and of both requests. */
  readonly #set: number;
  readonly #both: number;
  /** The answers to a set, to both requests, and to both again and again. */
  readonly #stored: number;
  readonly #pair: number;
  readonly #bytes: Buffer;

  /** `most`: bytes of requests that arrive at a time, at most. */
  constructor(queue: string, body: string, most: number) {
    const [set, get] = exchanges(queue, body);
    this.#set = set.request;
    this.#both = set.request + get.request;
    const pair = Buffer.concat([set.answer, get.answer]);
    this.#stored = set.answer.length;
    this.#pair = pair.length;
    const pairs = Math.ceil(most / this.#both) + 2;
    this.#bytes = Buffer.concat(Array.from({ length: pairs }, () => pair));
  }

  /** Of both requests: a connection may forget as many of the bytes that it has received. */
  get period(): number {
    return this.#both;
  }

  /** To the requests that end in the `length` bytes behind the `received` ones, fewer than a period, before. */
  to(received: number, length: number): Buffer {
    return this.#bytes.subarray(this.#answersTo(received), this.#answersTo(received + length));
  }

  /** Bytes of the answers to as many bytes of requests. */
  #answersTo(received: number): number {
    const rest = received % this.#both;
    return ((received - rest) / this.#both) * this.#pair + (rest >= this.#set ? this.#stored : 0);
  }
}

function exchanges(queue: string, body: string): [set: Exchange, get: Exchange] {
  const value = `VALUE ${queue} 0 ${Buffer.byteLength(body)}\r\n${body}\r\nEND\r\n`;
  return [
    { request: Buffer.byteLength(memcached.set(queue, body)), answer: Buffer.from('STORED\r\n') },
    { request: Buffer.byteLength(memcached.get(queue)), answer: Buffer.from(value) },
  ];
}
