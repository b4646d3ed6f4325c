import { PayloadError } from '../../shared/errors.ts';
import { type Call, parseCall, readArguments, readMethod } from './call.ts';
import { CLIENT_TABLE, type ClientName } from './client-table.ts';
import { type Unwrapped, unwrap } from './client-values.ts';
import { readJson } from './json.ts';
import { readQuery } from './query.ts';
import { readQuoted } from './quoted.ts';
import { Char, Scanner } from './scanner.ts';
import { textReader } from './text.ts';

export type { Call } from './call.ts';
export type { ClientName } from './client-table.ts';

/** `auto` tells calls, JSON and queries apart by how they begin. */
export type Format = 'auto' | 'call' | 'json' | 'query';

export interface PayloadOptions {
  readonly format: Format;
  /** The encoding of payloads, as TextDecoder knows it. */
  readonly charset: string;
  /** The client that the payloads come from, which says what their flags mean. */
  readonly client: ClientName | undefined;
}

export const FORMATS: readonly Format[] = ['auto', 'call', 'json', 'query'];
export const CLIENTS = Object.keys(CLIENT_TABLE) as readonly ClientName[];

/**
 * A reader of payloads: gives the call that a value asks for, of which nothing has been looked up or run. A value that
 * can be read is taken as it is, whatever its flags say, since they contradict each other from client to client;
 * else what its client has put around it is taken off. It throws PayloadError, whatever the bytes are.
 *
 * @throws RangeError when there is no such charset
 */
export function payloadReader(options: PayloadOptions): (payload: Uint8Array, flags: number) => Call {
  const { format, charset, client } = options;
  const readText = textReader(charset);
  const parse = callParser(format, charset);
  return (payload, flags) => {
    try {
      return parse(readText(payload));
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      const inside = unwrap(payload, flags, client);
      if (inside === undefined) {
        if (client !== undefined || flags === 0) throw error;
        throw reworded(
          error,
          (message) => `${message} (its flags are ${flags}: set client in config.ini to have them read)`,
        );
      }
      return readInside(inside, readText, parse);
    }
  };
}

type TextReader = (bytes: Uint8Array) => string;

function callParser(format: Format, charset: string): (text: string) => Call {
  // A query in UTF-16 has its bytes escaped in UTF-8, as in an address of the web.
  const readBytes = textReader(/^utf-?16/i.test(charset) ? 'utf-8' : charset);
  switch (format) {
    case 'auto':
      return (text) => readAny(new Scanner(text), readBytes);
    case 'call':
      return parseCall;
    case 'json':
      return (text) => readJson(new Scanner(text));
    case 'query':
      return (text) => {
        const scanner = new Scanner(text);
        const method = readMethod(scanner);
        scanner.expect(Char.question, '"?"');
        return { method, args: [readQuery(scanner, readBytes)] };
      };
  }
}

function readAny(scanner: Scanner, readBytes: TextReader): Call {
  let form = 'a call';
  try {
    if (scanner.next() === Char.openBrace) {
      form = 'JSON';
      return readJson(scanner);
    }
    const method = readMethod(scanner);
    if (scanner.text.charCodeAt(scanner.position) === Char.question) {
      form = 'a query';
      scanner.position++;
      return { method, args: [readQuery(scanner, readBytes)] };
    }
    return { method, args: readArguments(scanner) };
  } catch (error) {
    throw reworded(error, (message) => `taken for ${form}: ${message}`);
  }
}

function readInside(
  { bytes, compression, isJson }: Unwrapped,
  readText: TextReader,
  parse: (text: string) => Call,
): Call {
  try {
    const text = readText(bytes);
    return parse(isJson ? withoutQuotes(text) : text);
  } catch (error) {
    if (compression === undefined) throw error;
    throw reworded(error, (message) => `decompressed (${compression}): ${message}`);
  }
}

/** The string that a JSON text is; the text itself when it is anything else. */
function withoutQuotes(text: string): string {
  const scanner = new Scanner(text);
  if (scanner.next() !== Char.quotation) return text;
  const inside = readQuoted(scanner);
  scanner.expectEnd('the string');
  return inside;
}

function reworded(error: unknown, word: (message: string) => string): unknown {
  return error instanceof PayloadError ? new PayloadError(word(error.message), error.position) : error;
}
