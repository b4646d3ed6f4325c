/** One open file of the log. Positions and lengths in bytes; errors are node's, with a `code`. */
export interface JournalFile {
  /** Writes all of `bytes`. */
  write(bytes: Uint8Array, position: number): void;
  /** The same, off the event loop. */
  writeLater(bytes: Uint8Array, position: number): Promise<void>;
  /** fdatasync off the event loop. */
  sync(done: (error: Error | null) => void): void;
  /** fdatasync, waiting for it. */
  syncNow(): void;
  /** Reads up to `into.length` bytes; how many there were. */
  read(into: Uint8Array, position: number): number;
  readLater(into: Uint8Array, position: number): Promise<number>;
  size(): number;
  /** A number that no other file has at the same time, whatever its name. */
  identity(): number;
  close(): void;
}

/** What a name in a directory stands for. */
export interface Named {
  readonly identity: number;
  readonly size: number;
}

/**
 * All that the log asks of a disk. Production uses node:fs; tests use a disk that forgets what was not
 * synced, and fails on demand.
 */
export interface FileSystem {
  /** Makes a directory, with those above it, durable; nothing when it exists. */
  makeDirectory(path: string): void;
  /** Names of the files in a directory, in no particular order. */
  list(directory: string): string[];
  /** What has that name now; undefined where nothing has. */
  named(path: string): Named | undefined;
  /** Opens for reading and writing; `create` makes an empty file and fails where there is one. */
  open(path: string, create: boolean): JournalFile;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(path: string): void;
  /** Locks a file until the process ends or `release`; undefined when someone else holds the lock. */
  lock(path: string): { release(): void } | undefined;
}
