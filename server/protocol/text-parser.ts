import type { Input } from './input.ts';
import { KeyCache } from './key.ts';
import { metaRequest } from './meta-parser.ts';
import { PlainLines } from './plain-lines.ts';
import type { ProblemKind } from './problem.ts';
import { type Parser, Request, type Verb } from './request.ts';
import { integer, splitWords, uint32, unsigned } from './words.ts';

/**
 * Longest command line in bytes, body not counted. Only a `get` of very many keys comes near it; whoever sends
 * more without a newline does not speak this protocol.
 */
export const MAX_LINE_LENGTH = 65_536;

/** Longest body that is read in order to drop it; a length beyond is not believed. */
const MAX_SWALLOWED = 2 ** 31;

const LF = 10;
const CR = 13;
const BAD_FORMAT = 'bad command line format';

/** What stands for a number, be it too large. */
const NUMBER = /^-?\d+$/;

/** They are asked for the sake of the answer; the last word of a `get` is a key, whatever it is. */
const QUESTIONS: ReadonlySet<string> = new Set(['get', 'gets', 'gat', 'gats', 'version', 'stats', 'mn']);

/** The text protocol (protocol.txt): classic commands and meta commands, mixed as they come. */
export class TextParser implements Parser {
  readonly #maxItemSize: number;
  readonly #keys: KeyCache;
  readonly #plainLines: PlainLines;
  /** How far behind `input.start` we looked for a newline in vain. */
  #scanned = 0;
  /** A storage command whose body is still to come; and whether its line ended in LF alone. */
  #storing: Request | undefined;
  #bodyLength = 0;
  #endsInLf = false;
  /** Dropping everything up to the next newline, to get back in step. */
  #resync = false;

  /** `keysHaveOptions`: see the constructor of Key. */
  constructor(maxItemSize: number, keysHaveOptions = true) {
    this.#maxItemSize = maxItemSize;
    this.#keys = new KeyCache(keysHaveOptions);
    this.#plainLines = new PlainLines(this.#keys);
  }

  next(input: Input): Request | undefined {
    while (!input.skipping) {
      if (this.#storing !== undefined) return this.#body(input, this.#storing);
      const { bytes, start, end } = input;
      if (this.#scanned === 0 && !this.#resync) {
        const plain = this.#plainLines.read(bytes, start, end);
        if (plain !== undefined) {
          const request = this.#plain(plain, input);
          if (request !== undefined) return request;
          continue;
        }
      }
      // The buffer may hold stale bytes behind `end`.
      const newline = bytes.indexOf(LF, start + this.#scanned);
      if (newline < 0 || newline >= end) {
        this.#scanned = end - start;
        if (this.#resync) {
          input.start = end;
          this.#scanned = 0;
        } else if (this.#scanned > MAX_LINE_LENGTH + 1) {
          // One more than a line may have, and that was not its CR.
          return tooLong(bytes, start);
        }
        return undefined;
      }
      this.#scanned = 0;
      input.start = newline + 1;
      if (this.#resync) {
        this.#resync = false;
        continue;
      }
      const last = newline > start && bytes[newline - 1] === CR ? newline - 1 : newline;
      if (last - start > MAX_LINE_LENGTH) return tooLong(bytes, start);
      this.#endsInLf = last === newline;
      const request = this.#line(bytes.toString('latin1', start, last), input);
      if (request !== undefined) return request;
    }
    return undefined;
  }

  /** A request that `#plainLines` has read; undefined when its body is still to come. */
  #plain(request: Request, input: Input): Request | undefined {
    const { after, bodyLength, endsInLf } = this.#plainLines;
    input.start = after;
    this.#endsInLf = endsInLf;
    return bodyLength < 0 ? request : this.#expectBody(request, bodyLength, input);
  }

  /**
   * The request of one line; undefined when its body is still to come. What ends in `noreply` is never answered,
   * whatever else is wrong with it: its client would take an error for the answer to its next request.
   */
  #line(line: string, input: Input): Request | undefined {
    const words = splitWords(line);
    const verb = words[0] ?? '';
    if (words.at(-1) !== 'noreply' || QUESTIONS.has(verb)) return this.#request(verb, words, input, false);
    words.pop();
    const request = this.#request(verb, words, input, true);
    if (request !== undefined) request.isSilent = true;
    return request;
  }

  /** The request of a line without its `noreply`. */
  #request(verb: string, words: string[], input: Input, isSilent: boolean): Request | undefined {
    switch (verb) {
      case 'get':
      case 'gets':
        return this.#retrieval(verb, words, 1);
      case 'set':
      case 'add':
      case 'replace':
      case 'append':
      case 'prepend':
        return this.#storage(verb, words, 5, input, isSilent);
      case 'cas':
        return this.#storage(verb, words, 6, input, isSilent);
      case 'gat':
      case 'gats': {
        const exptime = integer(words[1]);
        if (words.length > 2 && exptime === undefined) return invalid('client', 'invalid exptime argument');
        const request = this.#retrieval(verb, words, 2);
        request.exptime = exptime ?? 0;
        return request;
      }
      case 'delete':
        // Clients of the first years send a time, which can only be 0.
        if (words[2] === '0') words.splice(2, 1);
        return this.#keyed(verb, words, 2);
      case 'flush':
        return this.#keyed(verb, words, 2);
      case 'incr':
      case 'decr':
        return this.#keyed(verb, words, 3);
      case 'touch': {
        const request = this.#keyed(verb, words, 3);
        const exptime = integer(words[2]);
        if (request.verb === 'touch' && exptime === undefined) {
          return invalid('client', 'invalid exptime argument');
        }
        request.exptime = exptime ?? 0;
        return request;
      }
      case 'flush_all':
      case 'verbosity':
        return optionalNumber(verb, words);
      case 'stats': {
        const request = new Request(verb);
        request.argument = words.slice(1).join(' ');
        return request;
      }
      // What follows is not looked at, as in memcached: conformance tests send it.
      case 'version':
      case 'quit':
        return new Request(verb);
      case 'mn':
        return new Request('noop');
      case 'mg':
      case 'md':
        return metaRequest(verb, words, this.#keys);
      case 'ms':
        return this.#metaSet(words, input, isSilent);
      case 'ma':
      case 'me':
        return Request.invalid('client', `meta command ${verb} is not supported`);
      default:
        // Any web page can have a browser post to this port, with commands as the body.
        if (words.at(-1)?.startsWith('HTTP/')) return invalid('client', 'HTTP is not spoken here', true);
        return invalid('unknown', '');
    }
  }

  #retrieval(verb: Verb, words: string[], firstKey: number): Request {
    const first = words[firstKey];
    if (first === undefined) return invalid('unknown', '');
    const request = new Request(verb);
    request.key = this.#keys.get(first);
    if (words.length > firstKey + 1) request.keys = words.slice(firstKey).map((word) => this.#keys.get(word));
    return request;
  }

  #keyed(verb: Verb, words: string[], length: number): Request {
    const key = words[1];
    if (key === undefined || words.length < length) return invalid('unknown', '');
    if (words.length > length) return invalid('client', BAD_FORMAT);
    const request = new Request(verb);
    request.key = this.#keys.get(key);
    return request;
  }

  /**
   * `<verb> <key> <flags> <exptime> <bytes>`, and for `cas` one more. Where the line has another form the length of what
   * follows is not certain, and none of it may run as a request: the connection ends.
   */
  #storage(
    verb: Verb,
    words: string[],
    length: number,
    input: Input,
    isSilent: boolean,
  ): Request | undefined {
    const flags = uint32(words[2]);
    const exptime = integer(words[3]);
    const size = unsigned(words[4]);
    if (words.length < length) return invalid('unknown', '', true);
    if (words.length > length || size === undefined || size >= MAX_SWALLOWED) return malformed();
    if (flags === undefined || exptime === undefined) {
      // With a word that is no number, the key may be two words, and the length another one.
      if (!words.slice(2).every((word) => NUMBER.test(word))) return malformed();
      this.#drop(size, input);
      return invalid('client', BAD_FORMAT);
    }
    const request = new Request(verb);
    request.key = this.#keys.get(words[1] as string);
    request.flags = flags;
    request.exptime = exptime;
    request.isSilent = isSilent;
    return this.#expectBody(request, size, input);
  }

  /** `ms <key> <datalen> <flags>*` */
  #metaSet(words: string[], input: Input, isSilent: boolean): Request | undefined {
    const size = unsigned(words[2]);
    if (size === undefined || size >= MAX_SWALLOWED) return invalid('client', 'bad data chunk', true);
    const request = metaRequest('ms', words, this.#keys);
    request.isSilent = isSilent;
    if (request.problem === undefined) return this.#expectBody(request, size, input);
    // No flag begins with a digit: the key may be two words, and the length another one.
    if (words.slice(3).some((word) => /^\d/.test(word))) return malformed();
    this.#drop(size, input);
    return request;
  }

  /** Drops a body unseen, with the end of its line. */
  #drop(size: number, input: Input): void {
    this.#resync = true;
    input.skip(size);
  }

  #expectBody(request: Request, size: number, input: Input): Request | undefined {
    if (size > this.#maxItemSize) {
      this.#drop(size, input);
      return request.refused('too_large', 'object too large for cache');
    }
    this.#storing = request;
    this.#bodyLength = size;
    return input.length > size ? this.#body(input, request) : undefined;
  }

  #body(input: Input, request: Request): Request | undefined {
    const { bytes, start, end } = input;
    const bodyEnd = start + this.#bodyLength;
    if (bodyEnd >= end) return undefined;
    // From others it would be a length that is one too long, and the body's last byte a CR.
    let after = this.#endsInLf && bytes[bodyEnd] === LF ? bodyEnd + 1 : 0;
    if (bytes[bodyEnd] === CR) {
      if (bodyEnd + 1 >= end) return undefined;
      if (bytes[bodyEnd + 1] === LF) after = bodyEnd + 2;
    }
    this.#storing = undefined;
    if (after === 0) {
      input.start = bodyEnd;
      this.#resync = true;
      return request.refused('client', 'bad data chunk');
    }
    input.start = after;
    request.body = bytes;
    request.bodyStart = start;
    request.bodyEnd = bodyEnd;
    return request;
  }
}

function invalid(kind: ProblemKind, text: string, fatal = false): Request {
  return Request.invalid(kind, text, fatal);
}

/**
 * The line that begins at `start`, which is not read to its end: its last word may be `noreply`, and mean that, unless it is
 * a question.
 */
function tooLong(bytes: Buffer, start: number): Request {
  const request = invalid('client', 'line too long', true);
  const [verb = ''] = splitWords(bytes.toString('latin1', start, start + MAX_LINE_LENGTH));
  request.isSilent = !QUESTIONS.has(verb);
  return request;
}

/** A storage line of which nobody knows where its body ends. */
function malformed(): Request {
  return invalid('client', BAD_FORMAT, true);
}

/** `flush_all [delay]`, `verbosity <level>`. */
function optionalNumber(verb: Verb, words: string[]): Request {
  if (verb === 'verbosity' && words.length === 1) return invalid('unknown', '');
  const request = new Request(verb);
  const number = words[1] === undefined ? 0 : integer(words[1]);
  if (words.length > 2 || number === undefined) return invalid('client', BAD_FORMAT);
  request.exptime = number;
  return request;
}
