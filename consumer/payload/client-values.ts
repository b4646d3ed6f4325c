import { PayloadError } from '../../shared/errors.ts';
import { CLIENT_TABLE, type Client, type ClientName, type Meaning } from './client-table.ts';
import { type Compression, decompress, isZlibOrGzip } from './inflate.ts';
import { serializerOf } from './serialized.ts';

/** What was inside of a value that is not a payload as it is. */
export interface Unwrapped {
  readonly bytes: Uint8Array;
  readonly compression: Compression | undefined;
  /** The bytes are a payload in JSON, or a string in JSON that is the payload. */
  readonly isJson: boolean;
}

/** How PHP's Memcached marks what it compressed, which no other client does. */
const PHP_MARKS: ReadonlyMap<number, Compression> = new Map([
  [0x30, 'php-zlib'],
  [0x50, 'php-fastlz'],
  [0x90, 'php-zstd'],
]);

/**
 * Takes off what a client has put around a payload: compression, JSON. Without a client zlib and gzip are
 * recognised by how they begin, and what PHP's Memcached compressed by its flags. undefined: there is nothing to take
 * off.
 *
 * @throws PayloadError for what is broken, too large when it is decompressed, a number or boolean, and for what was
 *   serialized: reading that could run code, so it is never done
 */
export function unwrap(
  value: Uint8Array,
  flags: number,
  clientName: ClientName | undefined,
): Unwrapped | undefined {
  const client: Client | undefined = clientName && CLIENT_TABLE[clientName];
  const meaning = client?.read(flags) ?? guess(flags);
  const compression = meaning.compression ?? (isZlibOrGzip(value) ? 'zlib or gzip' : undefined);
  const bytes = compression === undefined ? value : open(value, compression, client, flags);
  const { type } = meaning;
  if (client !== undefined && type.kind === 'scalar') {
    const shown = type.show(bytes).replace(/[^ -~]/g, '?');
    refuse(`${client.title} stored ${type.name} (${shown}), which is no call: ${client.advice}`);
  }
  const kind = type.kind === 'object' ? type.name : serializerOf(bytes);
  if (kind !== undefined) {
    const { title, advice } = client ?? { title: 'its client', advice: 'pass it a string' };
    refuse(`${title} serialized the value (${kind}), which is never read as it could run code: ${advice}`);
  }
  const isJson = type.kind === 'json';
  return compression === undefined && !isJson ? undefined : { bytes, compression, isJson };
}

function open(
  value: Uint8Array,
  compression: Compression,
  client: Client | undefined,
  flags: number,
): Uint8Array {
  try {
    return decompress(value, compression);
  } catch (error) {
    if (client === undefined || !(error instanceof PayloadError)) throw error;
    return refuse(`${client.title}, flags ${flags}: ${error.message}`);
  }
}

function guess(flags: number): Meaning {
  return { compression: PHP_MARKS.get(flags & 0xf0), type: { kind: 'text' } };
}

function refuse(problem: string): never {
  throw new PayloadError(problem, 0);
}
