const HEADER_LENGTH = 24;
const REQUEST = 0x80;

/**
 * A request of memcached's binary protocol. memjs builds the same from three buffers that it allocates and clears one
 * by one, which for a worker of short jobs is the greatest part of what it does itself.
 */
export function requestFrame(
  opcode: number,
  key: string,
  extras: Buffer,
  value: string | Buffer,
  opaque: number,
): Buffer {
  const keyLength = Buffer.byteLength(key);
  const bodyLength = extras.length + keyLength + Buffer.byteLength(value);
  const frame = Buffer.allocUnsafe(HEADER_LENGTH + bodyLength).fill(0, 0, HEADER_LENGTH);
  frame[0] = REQUEST;
  frame[1] = opcode;
  frame.writeUInt16BE(keyLength, 2);
  frame[4] = extras.length;
  frame.writeUInt32BE(bodyLength, 8);
  frame.writeUInt32BE(opaque, 12);
  frame.set(extras, HEADER_LENGTH);
  frame.write(key, HEADER_LENGTH + extras.length);
  const valueStart = HEADER_LENGTH + extras.length + keyLength;
  if (typeof value === 'string') frame.write(value, valueStart);
  else frame.set(value, valueStart);
  return frame;
}

/**
 * So many requests that differ in nothing but their number, which counts up from `opaque`, and in their CAS, behind each other.
 * `casAt` gives that of each; 0: none.
 */
export function requestFrames(
  opcode: number,
  key: string,
  extras: Buffer,
  count: number,
  casAt: (index: number) => number,
  opaque: number,
): Buffer {
  const frame = requestFrame(opcode, key, extras, '', 0);
  const frames = Buffer.allocUnsafe(frame.length * count);
  for (let index = 0, start = 0; index < count; index++, start += frame.length) {
    frames.set(frame, start);
    frames.writeUInt32BE((opaque + index) >>> 0, start + 12);
    const cas = casAt(index);
    frames.writeUInt32BE(Math.floor(cas / 2 ** 32), start + 16);
    frames.writeUInt32BE(cas >>> 0, start + 20);
  }
  return frames;
}
