import type { Input } from './input.ts';
import type { Key } from './key.ts';
import { Problem, type ProblemKind } from './problem.ts';

/** What a client asks for, whatever protocol it speaks. */
export type Verb =
  | 'get'
  | 'gets'
  | 'gat'
  | 'gats'
  | 'set'
  | 'add'
  | 'replace'
  | 'append'
  | 'prepend'
  | 'cas'
  | 'delete'
  | 'touch'
  | 'incr'
  | 'decr'
  | 'flush'
  | 'flush_all'
  | 'stats'
  | 'version'
  | 'verbosity'
  | 'quit'
  | 'noop'
  | 'sasl_list'
  | 'sasl_auth'
  /** Bytes that are no request, or one that cannot be understood: `problem` says why. */
  | 'invalid';

/** What a binary reply repeats of its request. */
interface Frame {
  readonly opcode: number;
  readonly opaque: number;
}

/** The meta commands that a queue has a use for (protocol.txt, "Meta Get" and on). */
export type MetaName = 'mg' | 'ms' | 'md';

/** What a meta command's reply has to say, which only the command itself tells. */
export interface Meta {
  readonly name: MetaName;
  /** The body is asked for. An `mg` without this looks at the next message and leaves it where it is. */
  readonly wantsValue: boolean;
  /** In the order of the request: opaque and key as they are sent back; `s`, `f` and `c`, whose values are added. */
  readonly returned: readonly string[];
}

const NO_BODY = Buffer.alloc(0);

/** What all parsers produce: everything behind them is written once, whatever the client speaks. */
export class Request {
  readonly verb: Verb;
  /** The first key, for all verbs that have one. */
  key: Key | undefined = undefined;
  /** All keys of a text `get`, where there is more than one. */
  keys: readonly Key[] | undefined = undefined;
  /** uint32, returned unchanged with the value. */
  flags = 0;
  /** As memcached reads it: 0 never, up to 30 days relative seconds, else epoch seconds, negative: expired. */
  exptime = 0;
  /**
   * The value is `body[bodyStart..bodyEnd)`. It lies in the connection's input, so it is valid only until the
   * parser is called again; who keeps it copies it.
   */
  body: Buffer = NO_BODY;
  bodyStart = 0;
  bodyEnd = 0;
  /** Only what is unusual has a reply: `q` in meta, and the quiet opcodes. */
  quiet = false;
  /** Nothing is answered, whatever becomes of it: `noreply` in text. */
  isSilent = false;
  /** The CAS of a binary or meta request; 0 is none. Exact up to 2^53, beyond which no CAS of ours lies. */
  cas = 0;
  /** `stats`: what about; SASL: the mechanism. */
  argument = '';
  problem: Problem | undefined = undefined;
  /** Of a binary request. */
  frame: Frame | undefined = undefined;
  /** Of a meta command other than `mn`. */
  meta: Meta | undefined = undefined;

  constructor(verb: Verb) {
    this.verb = verb;
  }

  static invalid(kind: ProblemKind, text: string, fatal = false): Request {
    const request = new Request('invalid');
    request.problem = new Problem(kind, text, fatal);
    return request;
  }

  /** Itself, when its body is not what it said. */
  refused(kind: ProblemKind, text: string): this {
    this.problem = new Problem(kind, text);
    return this;
  }

  /** The body as bytes of its own. */
  copyBody(): Buffer {
    return Buffer.from(this.body.subarray(this.bodyStart, this.bodyEnd));
  }
}

/** Bytes in, requests out: no socket, no engine, no clock. */
export interface Parser {
  /**
   * Consumes the next request from `input`; undefined when more bytes are needed.
   * Whatever the bytes are, it never throws.
   */
  next(input: Input): Request | undefined;
}
