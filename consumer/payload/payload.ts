import { PayloadError } from '../../shared/errors.ts';
import type { Call } from '../../shared/payload/call.ts';
import { type Format, reworded, TextReader } from '../../shared/payload/text-reader.ts';
import { CLIENT_TABLE, type ClientName } from './client-table.ts';
import { type Unwrapped, unwrap } from './client-values.ts';

export type { Call } from '../../shared/payload/call.ts';
export type { Format } from '../../shared/payload/text-reader.ts';
export type { ClientName } from './client-table.ts';

export interface PayloadOptions {
  readonly format: Format;
  /** The encoding of payloads, as TextDecoder knows it. */
  readonly charset: string;
  /** The client that the payloads come from, which says what their flags mean. */
  readonly client: ClientName | undefined;
  /** Values become those of exact.ts, for programs in other languages; else JavaScript's own. */
  readonly isExact?: boolean;
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
  const { format, charset, client, isExact = false } = options;
  const reader = new TextReader(charset, isExact);
  return (payload, flags) => {
    try {
      return reader.read(payload, format);
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
      return readInside(inside, reader, format);
    }
  };
}

function readInside({ bytes, compression, isJson }: Unwrapped, reader: TextReader, format: Format): Call {
  try {
    return isJson ? reader.readFromJson(bytes, format) : reader.read(bytes, format);
  } catch (error) {
    if (compression === undefined) throw error;
    throw reworded(error, (message) => `decompressed (${compression}): ${message}`);
  }
}
