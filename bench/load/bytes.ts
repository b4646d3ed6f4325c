const ZERO = 0x30;
const NINE = 0x39;

/** Whether `word` is found in `bytes` at `start`. */
export function begins(bytes: Buffer, start: number, word: Buffer): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}

/** To compare bytes one by one takes longer than to have it done, from here on. */
const MANY = 200;

/** Whether `length` bytes of `bytes` at `start` are those of `expected` at `offset`, and are there at all. */
export function matches(
  bytes: Buffer,
  start: number,
  expected: Buffer,
  offset: number,
  length: number,
): boolean {
  const end = offset + length;
  if (end > expected.length) return false;
  if (length >= MANY) return expected.compare(bytes, start, start + length, offset, end) === 0;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== expected[offset + i]) return false;
  return true;
}

/** The decimal number that begins at `start`; 0 if there is none. */
export function numberAt(bytes: Buffer, start: number): number {
  let value = 0;
  for (let i = start; bytes[i] >= ZERO && bytes[i] <= NINE; i++) value = value * 10 + bytes[i] - ZERO;
  return value;
}

/** The decimal number that ends just before `end`; 0 if there is none. */
export function numberBefore(bytes: Buffer, end: number): number {
  let start = end;
  while (bytes[start - 1] >= ZERO && bytes[start - 1] <= NINE) start--;
  return numberAt(bytes, start);
}
