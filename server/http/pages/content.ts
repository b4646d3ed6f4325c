import { promisify } from 'node:util';
import { brotliDecompress, gzip } from 'node:zlib';
import type { Encoding } from '../accepted-encoding.ts';

type Bytes = Promise<Uint8Array<ArrayBuffer>>;

const compress = promisify(gzip);
const decompress = promisify(brotliDecompress);

/**
 * What a file of the pages has, in each encoding that somebody has asked for. It stays in memory: all files together have a
 * few hundred kB.
 */
export class Content {
  readonly type: string;
  /** Those that it can be had in, the smallest first. */
  readonly encodings: readonly Encoding[];
  readonly #forms = new Map<Encoding | 'identity', Bytes>();

  private constructor(
    type: string,
    encodings: readonly Encoding[],
    form: Encoding | 'identity',
    bytes: Uint8Array,
  ) {
    this.type = type;
    this.encodings = encodings;
    this.#forms.set(form, Promise.resolve(new Uint8Array(bytes)));
  }

  static brotli(type: string, bytes: Uint8Array): Content {
    return new Content(type, ['br', 'gzip'], 'br', bytes);
  }

  static text(type: string, text: string): Content {
    return new Content(type, ['gzip'], 'identity', Buffer.from(text));
  }

  /** What no compression makes smaller. */
  static dense(type: string, bytes: Uint8Array): Content {
    return new Content(type, [], 'identity', bytes);
  }

  in(encoding: Encoding | 'identity'): Bytes {
    const form = this.#forms.get(encoding) ?? this.#make(encoding);
    this.#forms.set(encoding, form);
    return form;
  }

  async #make(encoding: Encoding | 'identity'): Bytes {
    if (encoding === 'gzip') return new Uint8Array(await compress(await this.in('identity')));
    return new Uint8Array(await decompress(await this.in('br')));
  }
}
