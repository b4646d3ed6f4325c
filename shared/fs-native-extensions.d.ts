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
  /** The same, and waits for it off the event loop. */
  export function waitForLock(
    fd: number,
    offset?: number,
    length?: number,
    options?: { readonly shared?: boolean },
  ): Promise<void>;
  export function unlock(fd: number, offset?: number, length?: number): void;
}
