import type { Input } from './input.ts';
import { KeyCache } from './key.ts';
import { metaReplies } from './meta-encoder.ts';
import { metaCommand } from './meta-parser.ts';
import type { ProblemKind } from './problem.ts';
import { Command, type Parser, type Verb } from './request.ts';
import { textReplies } from './text-encoder.ts';
import { integer, splitWords, unsigned } from './words.ts';

/**
 * Longest command line in bytes, body not counted. Only a `get` of very many keys comes near it; whoever sends
 * more without a newline does not speak this protocol.
 */
export const MAX_LINE_LENGTH = 65_536;

/** Longest body that is waited for in order to drop it; a length beyond is not believed. */
const MAX_SWALLOWED = 2 ** 31;

const LF = 10;
const CR = 13;
const UINT32_MAX = 4_294_967_295;
const BAD_FORMAT = 'bad command line format';

/** The text protocol (protocol.txt): classic commands and meta commands, mixed as they come. */
export class TextParser implements Parser {
  readonly #maxItemSize: number;
  readonly #keys: KeyCache;
  /** How far behind `input.start` we looked for a newline in vain. */
  #scanned = 0;
  /** A storage command that waits for its body. */
  #storing: Command | undefined;
  #bodyLength = 0;
  /** Dropping everything up to the next newline, to get back in step. */
  #resync = false;

  /** `keysHaveOptions`: see the constructor of Key. */
  constructor(maxItemSize: number, keysHaveOptions = true) {
    this.#maxItemSize = maxItemSize;
    this.#keys = new KeyCache(keysHaveOptions);
  }

  next(input: Input): Command | undefined {
    while (!input.skipping) {
      if (this.#storing !== undefined) return this.#body(input, this.#storing);
      const { bytes, start, end } = input;
      // The buffer may hold stale bytes behind `end`.
      const newline = bytes.indexOf(LF, start + this.#scanned);
      if (newline < 0 || newline >= end) {
        this.#scanned = end - start;
        if (this.#resync) {
          input.start = end;
          this.#scanned = 0;
        } else if (this.#scanned > MAX_LINE_LENGTH + 1) {
          // One more than a line may have, and that was not its CR.
          return invalid('client', 'line too long', true);
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
      if (last - start > MAX_LINE_LENGTH) return invalid('client', 'line too long', true);
      const command = this.#line(bytes.toString('latin1', start, last), input);
      if (command !== undefined) return command;
    }
    return undefined;
  }

  /** The command of one line; undefined when it waits for its body. */
  #line(line: string, input: Input): Command | undefined {
    const words = splitWords(line);
    const verb = words[0] ?? '';
    switch (verb) {
      case 'get':
      case 'gets':
        return this.#retrieval(verb, words, 1);
      case 'set':
      case 'add':
      case 'replace':
      case 'append':
      case 'prepend':
        return this.#storage(verb, words, 5, input);
      case 'cas':
        return this.#storage(verb, words, 6, input);
      case 'gat':
      case 'gats': {
        const exptime = integer(words[1]);
        if (words.length > 2 && exptime === undefined) return invalid('client', 'invalid exptime argument');
        const command = this.#retrieval(verb, words, 2);
        command.exptime = exptime ?? 0;
        return command;
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
        const command = this.#keyed(verb, words, 3);
        const exptime = integer(words[2]);
        if (command.verb === 'touch' && exptime === undefined) {
          return invalid('client', 'invalid exptime argument');
        }
        command.exptime = exptime ?? 0;
        return command;
      }
      case 'flush_all':
      case 'verbosity':
        return optionalNumber(verb, words);
      case 'stats': {
        const command = new Command(verb, textReplies);
        command.argument = words.slice(1).join(' ');
        return command;
      }
      case 'version':
      case 'quit':
        return new Command(verb, textReplies);
      case 'mn':
        return new Command('noop', metaReplies);
      case 'mg':
      case 'md':
        return metaCommand(verb, words, this.#keys);
      case 'ms':
        return this.#metaSet(words, input);
      case 'ma':
      case 'me':
        return Command.invalid(metaReplies, 'client', `meta command ${verb} is not supported`);
      default:
        // Any web page can have a browser post to this port, with commands as the body.
        if (words.at(-1)?.startsWith('HTTP/')) return invalid('client', 'HTTP is not spoken here', true);
        return invalid('unknown', '');
    }
  }

  #retrieval(verb: Verb, words: string[], firstKey: number): Command {
    if (words.length <= firstKey) return invalid('unknown', '');
    const command = new Command(verb, textReplies);
    command.key = this.#keys.get(words[firstKey] as string);
    if (words.length > firstKey + 1) command.keys = words.slice(firstKey).map((word) => this.#keys.get(word));
    return command;
  }

  #keyed(verb: Verb, words: string[], length: number): Command {
    if (words.length < length) return invalid('unknown', '');
    const command = new Command(verb, textReplies);
    command.quiet = takeNoreply(words, length);
    if (words.length > length) return invalid('client', BAD_FORMAT);
    command.key = this.#keys.get(words[1] as string);
    return command;
  }

  #storage(verb: Verb, words: string[], length: number, input: Input): Command | undefined {
    if (words.length < length) return invalid('unknown', '');
    const quiet = takeNoreply(words, length);
    const flags = unsigned(words[2]);
    const exptime = integer(words[3]);
    const size = unsigned(words[4]);
    if (words.length > length || flags === undefined || flags > UINT32_MAX || exptime === undefined) {
      return this.#refuse(size, quiet, input);
    }
    if (size === undefined || size >= MAX_SWALLOWED) return this.#refuse(undefined, quiet, input);
    const command = new Command(verb, textReplies);
    command.key = this.#keys.get(words[1] as string);
    command.flags = flags;
    command.exptime = exptime;
    command.quiet = quiet;
    return this.#expectBody(command, size, input);
  }

  /** `ms <key> <datalen> <flags>*` */
  #metaSet(words: string[], input: Input): Command | undefined {
    const size = unsigned(words[2]);
    if (size === undefined || size >= MAX_SWALLOWED) {
      return Command.invalid(metaReplies, 'client', 'bad data chunk');
    }
    const command = metaCommand('ms', words, this.#keys);
    if (command.problem === undefined) return this.#expectBody(command, size, input);
    input.skip(size + 2);
    return command;
  }

  #expectBody(command: Command, size: number, input: Input): Command | undefined {
    if (size > this.#maxItemSize) {
      input.skip(size + 2);
      return command.refused('too_large', 'object too large for cache');
    }
    this.#storing = command;
    this.#bodyLength = size;
    return input.length > size ? this.#body(input, command) : undefined;
  }

  /** Refuses a storage line; where its length can be read the body is dropped, so that it runs as no command. */
  #refuse(size: number | undefined, quiet: boolean, input: Input): Command {
    const command = invalid('client', size === undefined ? 'bad data chunk' : BAD_FORMAT);
    command.quiet = quiet;
    if (size !== undefined && size < MAX_SWALLOWED) input.skip(size + 2);
    return command;
  }

  #body(input: Input, command: Command): Command | undefined {
    const { bytes, start, end } = input;
    const bodyEnd = start + this.#bodyLength;
    if (bodyEnd >= end) return undefined;
    let after = bytes[bodyEnd] === LF ? bodyEnd + 1 : 0;
    if (bytes[bodyEnd] === CR) {
      if (bodyEnd + 1 >= end) return undefined;
      if (bytes[bodyEnd + 1] === LF) after = bodyEnd + 2;
    }
    this.#storing = undefined;
    if (after === 0) {
      input.start = bodyEnd;
      this.#resync = true;
      return command.refused('client', 'bad data chunk');
    }
    input.start = after;
    command.body = bytes;
    command.bodyStart = start;
    command.bodyEnd = bodyEnd;
    return command;
  }
}

function invalid(kind: ProblemKind, text: string, fatal = false): Command {
  return Command.invalid(textReplies, kind, text, fatal);
}

/** `flush_all [delay] [noreply]`, `verbosity <level> [noreply]`. */
function optionalNumber(verb: Verb, words: string[]): Command {
  const command = new Command(verb, textReplies);
  command.quiet = takeNoreply(words, 1);
  const number = words[1] === undefined ? 0 : integer(words[1]);
  if (words.length > 2 || number === undefined) return invalid('client', BAD_FORMAT);
  command.exptime = number;
  return command;
}

/** Removes a `noreply` that stands behind the first `length` words. */
function takeNoreply(words: string[], length: number): boolean {
  if (words.length <= length || words.at(-1) !== 'noreply') return false;
  words.pop();
  return true;
}
