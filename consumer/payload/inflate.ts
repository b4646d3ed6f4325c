import * as zlib from 'node:zlib';
import { errorCode, errorMessage, PayloadError } from '../../shared/errors.ts';
import { decompressFastLz } from './fastlz.ts';

/**
 * How a value is compressed. The php- ones have the length of the original before them, in four bytes, the lowest
 * first.
 */
export type Compression = 'zlib or gzip' | 'php-zlib' | 'php-fastlz' | 'php-zstd';

/** The most bytes that a payload may have when it is decompressed: a few of them can stand for many. */
export const MAX_INFLATED = 16 * 2 ** 20;

/** From Node.js 22.15 on. */
const zstd = (zlib as { zstdDecompressSync?: typeof zlib.inflateSync }).zstdDecompressSync;

/**
 * Decompresses `bytes`.
 *
 * @throws PayloadError when they are not what `compression` says, or more than `MAX_INFLATED`
 */
export function decompress(bytes: Uint8Array, compression: Compression): Uint8Array {
  // Takes gzip as well.
  if (compression === 'zlib or gzip') return inflate(zlib.unzipSync, bytes, 'zlib or gzip');
  const { length, rest } = framed(bytes);
  if (compression === 'php-fastlz') return decompressFastLz(rest, length);
  const inflated =
    compression === 'php-zlib' ? inflate(zlib.unzipSync, rest, 'zlib') : inflate(zstd, rest, 'zstd');
  if (inflated.length === length) return inflated;
  throw new PayloadError(`decompressed it has ${inflated.length} bytes, not the ${length} that it says`, 0);
}

/** Whether `bytes` begin as gzip, or zlib with its full window, do. */
export function isZlibOrGzip(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if (first === 0x1f) return second === 0x8b;
  return first === 0x78 && (second === 0x01 || second === 0x5e || second === 0x9c || second === 0xda);
}

function framed(bytes: Uint8Array): { length: number; rest: Uint8Array } {
  if (bytes.length < 4) throw new PayloadError('too short for a compressed value', 0);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (length > MAX_INFLATED) throw tooLarge();
  return { length, rest: bytes.subarray(4) };
}

function inflate(method: typeof zlib.inflateSync | undefined, bytes: Uint8Array, name: string): Uint8Array {
  if (method === undefined) {
    throw new PayloadError(`compressed with ${name}, which this version of Node.js does not read`, 0);
  }
  try {
    return method(bytes, { maxOutputLength: MAX_INFLATED });
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new PayloadError(`compressed with ${name}, and broken: ${errorMessage(error)}`, 0);
  }
}

function tooLarge(): PayloadError {
  return new PayloadError(`more than ${MAX_INFLATED} bytes when it is decompressed`, 0);
}
