import { binaryEncoder } from './binary-encoder.ts';
import { REQUEST_MAGIC } from './binary-layout.ts';
import { BinaryParser } from './binary-parser.ts';
import type { Encoder } from './encoder.ts';
import type { Parser } from './request.ts';
import { textEncoder } from './text-encoder.ts';
import { TextParser } from './text-parser.ts';

/** What a client may speak. */
export interface Protocol {
  readonly encoder: Encoder;
  /** `keysHaveOptions`: see the constructor of Key. */
  createParser(maxItemSize: number, keysHaveOptions: boolean): Parser;
}

/** Classic text and meta, mixed as they come. */
export const TEXT: Protocol = {
  encoder: textEncoder,
  createParser: (maxItemSize, keysHaveOptions) => new TextParser(maxItemSize, keysHaveOptions),
};

const BINARY: Protocol = {
  encoder: binaryEncoder,
  createParser: (maxItemSize, keysHaveOptions) => new BinaryParser(maxItemSize, keysHaveOptions),
};

/** The protocol of a connection, which its first byte tells. */
export function protocolOf(firstByte: number | undefined): Protocol {
  return firstByte === REQUEST_MAGIC ? BINARY : TEXT;
}
