import { Problem } from './problem.ts';

/** Longest key in bytes (protocol.txt, "Keys"). */
export const MAX_KEY_LENGTH = 250;

/** The options of a key, as bits, so that a verb can say in one number which it allows. */
export const Option = {
  wait: 1 << 0,
  open: 1 << 1,
  close: 1 << 2,
  abort: 1 << 3,
  peek: 1 << 4,
  info: 1 << 5,
  fail: 1 << 6,
  final: 1 << 7,
  failed: 1 << 8,
  delay: 1 << 9,
  priority: 1 << 10,
  id: 1 << 11,
  every: 1 << 12,
  lease: 1 << 13,
} as const;

/** How each option is written, and whether it takes a value. */
const SPELLING: ReadonlyMap<string, { bit: number; takesValue: boolean }> = new Map([
  ['t', { bit: Option.wait, takesValue: true }],
  ['open', { bit: Option.open, takesValue: false }],
  ['close', { bit: Option.close, takesValue: false }],
  ['abort', { bit: Option.abort, takesValue: false }],
  ['peek', { bit: Option.peek, takesValue: false }],
  ['info', { bit: Option.info, takesValue: false }],
  ['fail', { bit: Option.fail, takesValue: false }],
  ['final', { bit: Option.final, takesValue: false }],
  ['failed', { bit: Option.failed, takesValue: false }],
  ['delay', { bit: Option.delay, takesValue: true }],
  ['pri', { bit: Option.priority, takesValue: true }],
  ['id', { bit: Option.id, takesValue: true }],
  ['every', { bit: Option.every, takesValue: true }],
  ['lease', { bit: Option.lease, takesValue: true }],
]);

/** `<queue>[/<option>[=<value>]]...`, taken apart. Immutable, so that parsers may share one for equal keys. */
export class Key {
  /** The key as it was sent, one character a byte (latin1): replies repeat it exactly. */
  readonly text: string;
  /** The queue's name, one character a byte. */
  readonly queue: string;
  /** Bits of `Option`. */
  readonly options: number;
  /** `t=`: how long to wait for a message, in milliseconds. */
  readonly waitMs: number;
  /** `lease=`: the token of a lease; 0 is none. */
  readonly leaseToken: number;
  /** Why this key cannot be used. */
  readonly problem: Problem | undefined;
  /** One of the server's own names. */
  readonly isReserved: boolean;

  /** `hasOptions`: a `/` begins an option; else it is a character of the name as any other. */
  constructor(text: string, hasOptions = true) {
    this.text = text;
    this.options = 0;
    this.waitMs = 0;
    this.leaseToken = 0;
    this.problem = undefined;
    const slash = hasOptions ? text.indexOf('/') : -1;
    this.queue = slash < 0 ? text : text.slice(0, slash);
    this.isReserved = text.startsWith('$');
    const wrong = nameProblem(text, this.queue);
    if (wrong !== undefined) {
      this.problem = new Problem('client', wrong);
      return;
    }
    if (slash < 0) return;
    for (const part of text.slice(slash + 1).split('/')) {
      const equals = part.indexOf('=');
      const name = equals < 0 ? part : part.slice(0, equals);
      const option = SPELLING.get(name);
      let trouble: string | undefined;
      if (option === undefined) trouble = `unknown option "${name}"`;
      else if (this.options & option.bit) trouble = `option "${name}" is given twice`;
      else if (option.takesValue !== equals >= 0)
        trouble = `option "${name}" ${option.takesValue ? 'needs a value' : 'takes no value'}`;
      else {
        this.options |= option.bit;
        if (option.bit === Option.wait) {
          this.waitMs = Number(part.slice(2));
          if (!/^\d{1,9}$/.test(part.slice(2))) trouble = 'option "t" needs milliseconds, 0 to 999999999';
        } else if (option.bit === Option.lease) {
          this.leaseToken = Number(part.slice(6));
          if (!/^[1-9]\d{0,15}$/.test(part.slice(6))) trouble = 'option "lease" needs the token of a lease';
        }
      }
      if (trouble !== undefined) {
        this.problem = new Problem('client', trouble);
        return;
      }
    }
  }

  /** A queue's name and nothing else: every verb takes it. */
  get isPlain(): boolean {
    return this.options === 0 && this.problem === undefined && !this.isReserved;
  }

  has(option: number): boolean {
    return (this.options & option) !== 0;
  }
}

function nameProblem(text: string, queue: string): string | undefined {
  if (text.length > MAX_KEY_LENGTH) return `key is longer than ${MAX_KEY_LENGTH} bytes`;
  if (queue.length === 0) return 'queue name is empty';
  if (/[\0 \r\n]/.test(text)) return 'a key may not hold NUL, blank, CR or LF';
  return undefined;
}

/** The written form of the first option in `bits`, for error texts. */
export function optionName(bits: number): string {
  for (const [name, { bit }] of SPELLING) if (bits & bit) return name;
  return '';
}

/** Keys repeat: a parser looks them up by their text instead of taking them apart again. */
export class KeyCache {
  static readonly #LIMIT = 512;
  readonly #keys = new Map<string, Key>();
  readonly #haveOptions: boolean;

  /** `haveOptions`: see the constructor of Key. */
  constructor(haveOptions = true) {
    this.#haveOptions = haveOptions;
  }

  get(text: string): Key {
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    // A part of a line would keep the whole line in memory, as long as the key or its queue lives.
    const own = Buffer.from(text, 'latin1').toString('latin1');
    const key = new Key(own, this.#haveOptions);
    if (key.problem !== undefined) return key;
    if (this.#keys.size >= KeyCache.#LIMIT) this.#keys.clear();
    this.#keys.set(own, key);
    return key;
  }
}
