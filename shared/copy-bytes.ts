/** Bytes up to which a loop is faster than a call of `copy`, which makes a view of them. */
const FEW = 128;

/** Copies `source[start..end)` to `at` in another buffer, which has room for them. */
export function copyBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): void {
  if (end - start > FEW) source.copy(target, at, start, end);
  else for (let i = start; i < end; i++) target[at + i - start] = source[i] as number;
}
