import type { Clock } from '../clock.ts';
import { LocalLog } from '../log/local/local-log.ts';
import { nodeFileSystem } from '../log/local/node-file-system.ts';
import type { MigrationTarget } from './migration.ts';
import { NewDirectory } from './new-directory.ts';

/** Of the new log, which nobody reads yet. */
const CACHE_SIZE = 4 * 1024 * 1024;

/** A new data directory, which gets its name when all is in it: no server takes a part of one for a whole. */
export class DirectoryTarget implements MigrationTarget {
  readonly #made: NewDirectory;
  readonly log: LocalLog;

  /** Throws UsageError where there is something already, TryLaterError where somebody else is making it. */
  constructor(directory: string, segmentSize: number, clock: Clock) {
    this.#made = new NewDirectory(directory);
    try {
      this.log = LocalLog.open({
        fileSystem: nodeFileSystem,
        directory: this.#made.path,
        sync: 'never',
        syncIntervalMs: 1,
        segmentSize,
        cacheSize: CACHE_SIZE,
        clock,
      });
    } catch (error) {
      this.#made.abandon();
      throw error;
    }
  }

  async finish(): Promise<void> {
    await this.log.close();
    this.#made.finish();
  }

  async abandon(): Promise<void> {
    await this.log.close().catch(() => {});
    this.#made.abandon();
  }
}
