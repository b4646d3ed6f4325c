import { PayloadError } from '../../shared/errors.ts';
import { type BytesFilter, iso2022Segments, type TextFilter, trailingBackslashes } from './byte-escapes.ts';
import { type Call, readArguments, readCall, readMethod } from './call.ts';
import { readJson } from './json.ts';
import { readQuery } from './query.ts';
import { readQuoted } from './quoted.ts';
import { Char, type Charset, Scanner, UTF_8 } from './scanner.ts';
import { textReader, valueReader } from './text.ts';

/** `auto` tells calls, JSON and queries apart by how they begin. */
export type Format = 'auto' | 'call' | 'json' | 'query';

/** Reads the payloads of one charset. */
export class TextReader {
  readonly #readText: (bytes: Uint8Array) => string;
  readonly #charset: Charset;
  readonly #filterBytes: BytesFilter;
  readonly #filterText: TextFilter;
  readonly #isExact: boolean;

  constructor(name: string, isExact: boolean) {
    this.#readText = textReader(name);
    // UTF-16 is read as text with all of its escapes, of which those of bytes are UTF-8, as in an address of the web.
    const isUnicode = /^utf/i.test(name);
    this.#charset = isUnicode ? UTF_8 : { name, decode: valueReader(name) };
    this.#filterBytes = /^iso-2022-jp$/i.test(name) ? iso2022Segments : undefined;
    this.#filterText = isUnicode ? undefined : trailingBackslashes(this.#charset.decode);
    this.#isExact = isExact;
  }

  /** @throws PayloadError */
  textOf(payload: Uint8Array): string {
    return this.#readText(this.#filterBytes?.(payload) ?? payload);
  }

  /** @throws PayloadError */
  read(text: string, format: Format): Call {
    switch (format) {
      case 'auto':
        return this.#readAny(text);
      case 'call':
        return readCall(this.#literals(this.#scanner(text)));
      case 'json':
        return readJson(this.#literals(this.#scanner(text)));
      case 'query':
        return this.#readQuery(this.#scanner(text));
    }
  }

  /** The string that a JSON text is; the text itself when it is anything else. */
  withoutQuotes(text: string): string {
    const scanner = this.#literals(this.#scanner(text));
    if (scanner.next() !== Char.quotation) return text;
    const inside = readQuoted(scanner);
    scanner.expectEnd('the string');
    return inside;
  }

  #readAny(text: string): Call {
    let form = 'a call';
    try {
      const scanner = this.#scanner(text);
      if (scanner.next() === Char.openBrace) {
        form = 'JSON';
        return readJson(this.#literals(scanner));
      }
      const method = readMethod(scanner);
      if (text.charCodeAt(scanner.position) === Char.question) {
        form = 'a query';
        scanner.position = 0;
        return this.#readQuery(scanner);
      }
      return { method, args: readArguments(this.#literals(scanner)) };
    } catch (error) {
      throw reworded(error, (message) => `taken for ${form}: ${message}`);
    }
  }

  #readQuery(scanner: Scanner): Call {
    const method = readMethod(scanner);
    scanner.expect(Char.question, '"?"');
    return { method, args: [readQuery(scanner)] };
  }

  /** What has literals in it, without the escapes that are no part of them. */
  #literals(scanner: Scanner): Scanner {
    const text = this.#filterText?.(scanner.text) ?? scanner.text;
    if (text === scanner.text || isJson(scanner.text)) return scanner;
    const literals = this.#scanner(text);
    literals.position = scanner.position;
    return literals;
  }

  #scanner(text: string): Scanner {
    return new Scanner(text, this.#charset, this.#isExact);
  }
}

/** Whether its escapes are those of a text: JSON is one by its standard. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The error with another message, if it is a PayloadError; else itself. */
export function reworded(error: unknown, word: (message: string) => string): unknown {
  return error instanceof PayloadError ? new PayloadError(word(error.message), error.position) : error;
}
