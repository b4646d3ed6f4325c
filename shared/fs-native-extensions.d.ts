declare module 'fs-native-extensions' {
  /**
   * Locks `length` bytes from `offset` on (0: to the end) for this open file; false when another one holds the
   * lock. A lock for writing, which it is unless `shared`, needs a file that is open for writing.
   */
  export function tryLock(
    fd: number,
    offset?: number,
    length?: number,
    options?: { readonly shared?: boolean },
  ): boolean;
  export function unlock(fd: number, offset?: number, length?: number): void;
}
