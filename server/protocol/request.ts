import type { Input } from './input.ts';
import type { Key } from './key.ts';
import type { MetaRequest } from './meta-parser.ts';
import { Problem, type ProblemKind } from './problem.ts';
import type { Replies } from './replies.ts';

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
  /** Bytes that are no command, or one that cannot be understood: `problem` is the answer. */
  | 'invalid';

/** What the binary protocol wants to see again in the answer. */
export interface Frame {
  readonly opcode: number;
  readonly opaque: number;
}

const NO_BODY = Buffer.alloc(0);

/** One request. All protocols share this one shape, so that everything behind the parsers is written once. */
export class Command {
  readonly verb: Verb;
  /** How its outcome is told. */
  readonly replies: Replies;
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
  /** Only what is unusual is answered: `noreply` in text, `q` in meta, and the quiet opcodes. */
  quiet = false;
  /** The CAS of a binary or meta request; 0 is none. Exact up to 2^53, beyond which no CAS of ours lies. */
  cas = 0;
  /** `stats`: what about; SASL: the mechanism. */
  argument = '';
  problem: Problem | undefined = undefined;
  frame: Frame | undefined = undefined;
  meta: MetaRequest | undefined = undefined;

  constructor(verb: Verb, replies: Replies) {
    this.verb = verb;
    this.replies = replies;
  }

  static invalid(replies: Replies, kind: ProblemKind, text: string, fatal = false): Command {
    const command = new Command('invalid', replies);
    command.problem = new Problem(kind, text, fatal);
    return command;
  }

  /** What takes this command's place when its body is not what it said. */
  refused(kind: ProblemKind, text: string): Command {
    const refusal = Command.invalid(this.replies, kind, text);
    refusal.quiet = this.quiet;
    return refusal;
  }

  /** The body as bytes of its own. */
  copyBody(): Buffer {
    return Buffer.from(this.body.subarray(this.bodyStart, this.bodyEnd));
  }
}

/** Bytes in, commands out: no socket, no engine, no clock. */
export interface Parser {
  /**
   * Consumes the next command from `input`; undefined when more bytes are needed.
   * Whatever the bytes are, it never throws.
   */
  next(input: Input): Command | undefined;
}
