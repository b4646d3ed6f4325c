import { MAX_KEY_LENGTH } from '../../shared/key-length.ts';
import { NO_OPTIONS, Option, type OptionValues, parseOptions } from './options.ts';
import { Problem } from './problem.ts';
import { ownText } from './words.ts';

/** `<queue>[/<option>[=<value>]]...`, taken apart. Immutable, so that parsers may share one for equal keys. */
export class Key {
  /** The key as it was sent, one character a byte (latin1): replies repeat it exactly. */
  readonly text: string;
  /** The queue's name, one character a byte. */
  readonly queue: string;
  /** Bits of `Option`. */
  readonly options: number;
  readonly values: Readonly<OptionValues>;
  /** Why this key cannot be used. */
  readonly problem: Problem | undefined;
  /** One of the server's own names. */
  readonly isReserved: boolean;

  /**
   * `hasOptions`: a `/` begins an option; else it is a character of a queue's name as any other, and only keys of the
   * server's own names have options. `queue`: if it is known.
   */
  constructor(text: string, hasOptions = true, queue?: string) {
    const slash = firstSlash(text, hasOptions);
    this.text = text;
    this.queue = queue ?? (slash < 0 ? text : text.slice(0, slash));
    this.isReserved = isReserved(text);
    let wrong = nameProblem(text, this.queue);
    let options = NO_OPTIONS;
    if (slash >= 0 && wrong === undefined) {
      const parsed = parseOptions(text, slash + 1);
      if (typeof parsed === 'string') wrong = parsed;
      else options = parsed;
    }
    this.options = options.bits;
    this.values = options.values;
    this.problem = wrong === undefined ? undefined : new Problem('client', wrong);
  }

  /** A queue's name and nothing else: every verb takes it. */
  get isPlain(): boolean {
    return this.options === 0 && this.problem === undefined && !this.isReserved;
  }

  has(option: number): boolean {
    return (this.options & option) !== 0;
  }
}

function isReserved(text: string): boolean {
  return text.startsWith('$');
}

/** Where the first option begins; -1 for a key without any. */
function firstSlash(text: string, hasOptions: boolean): number {
  return hasOptions || isReserved(text) ? text.indexOf('/') : -1;
}

function nameProblem(text: string, queue: string): string | undefined {
  if (text.length > MAX_KEY_LENGTH) return `key is longer than ${MAX_KEY_LENGTH} bytes`;
  if (queue.length === 0) return 'queue name is empty';
  if (/[\0 \r\n]/.test(text)) return 'a key may not hold NUL, blank, CR or LF';
  return undefined;
}

/** What is said of one message, or of one lease: such a key is not heard of again soon. */
const VARYING = Option.id | Option.lease | Option.delay | Option.priority | Option.every | Option.group;

/** Keys repeat: a parser looks them up by their text, or by their bytes, instead of taking them apart again. */
export class KeyCache {
  static readonly #LIMIT = 512;
  readonly #keys = new Map<string, Key>();
  readonly #haveOptions: boolean;
  /** Those that were read last, each where a hash of its bytes says; twice as many places as keys, if they are not very many. */
  #places: (Key | undefined)[] = new Array(8);

  /** `haveOptions`: see the constructor of Key. */
  constructor(haveOptions = true) {
    this.#haveOptions = haveOptions;
  }

  get(text: string): Key {
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const slash = firstSlash(text, this.#haveOptions);
    if (slash > 0) {
      const key = new Key(text, true, this.get(text.slice(0, slash)).queue);
      if (key.problem !== undefined || key.has(VARYING)) return key;
    }
    const key = new Key(ownText(text), this.#haveOptions);
    if (key.problem !== undefined) return key;
    if (this.#keys.size >= KeyCache.#LIMIT) this.#keys.clear();
    this.#keys.set(key.text, key);
    return key;
  }

  /** The key that is `bytes[start..end)`. One that was read before costs no string. */
  read(bytes: Buffer, start: number, end: number): Key {
    let hash = end - start;
    for (let i = start; i < end; i++) hash = Math.imul(hash, 31) + (bytes[i] as number);
    const place = (hash ^ (hash >>> 9)) & (this.#places.length - 1);
    const last = this.#places[place];
    if (last !== undefined && isText(last.text, bytes, start, end)) return last;
    const key = this.get(bytes.toString('latin1', start, end));
    if (this.#keys.get(key.text) !== key) return key;
    if (this.#keys.size * 2 > this.#places.length) this.#places = new Array(this.#places.length * 2);
    else this.#places[place] = key;
    return key;
  }
}

function isText(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
