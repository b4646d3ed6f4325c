import { PayloadError } from '../errors.ts';
import { type ByteUnescaper, iso2022Segments, trailingBackslashes } from './byte-escapes.ts';
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
  readonly #unescape: ByteUnescaper | undefined;
  readonly #isExact: boolean;

  /** `charset`: as for `textReader`. */
  constructor(charset: string, isExact: boolean) {
    const name = new TextDecoder(charset).encoding;
    this.#readText = textReader(name);
    // UTF-16 is read as text with all of its escapes, of which those of bytes are UTF-8, as in an address of the web.
    const isUnicode = name.startsWith('utf');
    this.#charset = isUnicode ? UTF_8 : { name, decode: valueReader(name) };
    if (name === 'iso-2022-jp') this.#unescape = iso2022Segments;
    else if (!isUnicode) this.#unescape = trailingBackslashes(this.#charset.decode);
    this.#isExact = isExact;
  }

  /** @throws PayloadError */
  read(payload: Uint8Array, format: Format): Call {
    const unescaped = this.#unescape?.(payload);
    const literals = this.#readText(unescaped ?? payload);
    return this.#readForm(
      unescaped === undefined ? literals : this.#plainText(payload, literals),
      literals,
      format,
    );
  }

  /**
   * The same of a payload in JSON; where it is a string, this is the payload.
   *
   * @throws PayloadError
   */
  readFromJson(payload: Uint8Array, format: Format): Call {
    const json = this.#readText(this.#unescape?.(payload) ?? payload);
    const scanner = this.#scanner(json);
    if (scanner.next() !== Char.quotation) return this.#readForm(json, json, format);
    const text = readQuoted(scanner);
    scanner.expectEnd('the string');
    return this.#readForm(text, text, format);
  }

  /** `otherwise` where the escapes are what keeps it from being text. */
  #plainText(payload: Uint8Array, otherwise: string): string {
    try {
      return this.#readText(payload);
    } catch {
      return otherwise;
    }
  }

  /** `literals`: without the escapes that are inside of characters, which only strings in quotes have. */
  #readForm(text: string, literals: string, format: Format): Call {
    switch (format) {
      case 'auto':
        return this.#readAny(text, literals);
      case 'call':
        return readCall(this.#scanner(literals));
      case 'json':
        return readJson(this.#scanner(literals));
      case 'query':
        return this.#readQuery(this.#scanner(text));
    }
  }

  #readAny(text: string, literals: string): Call {
    let form = 'a call';
    try {
      const scanner = this.#scanner(literals);
      if (scanner.next() === Char.openBrace) {
        form = 'JSON';
        return readJson(scanner);
      }
      const method = readMethod(scanner);
      if (literals.charCodeAt(scanner.position) === Char.question) {
        form = 'a query';
        return this.#readQuery(this.#scanner(text));
      }
      return { method, args: readArguments(scanner) };
    } catch (error) {
      throw reworded(error, (message) => `taken for ${form}: ${message}`);
    }
  }

  #readQuery(scanner: Scanner): Call {
    const method = readMethod(scanner);
    scanner.expect(Char.question, '"?"');
    return { method, args: [readQuery(scanner)] };
  }

  #scanner(text: string): Scanner {
    return new Scanner(text, this.#charset, this.#isExact);
  }
}

/** The error with another message, if it is a PayloadError; else itself. */
export function reworded(error: unknown, word: (message: string) => string): unknown {
  return error instanceof PayloadError ? new PayloadError(word(error.message), error.position) : error;
}
