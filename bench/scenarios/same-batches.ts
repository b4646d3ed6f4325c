import { BareDisk } from '../bare-disk/process.ts';
import { makeDirectory, removeDirectory } from '../children.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { withConnection } from './with-server.ts';

/** What a server has written since its start: bytes, and the batches in which they were synced. */
interface Written {
  readonly bytes: number;
  readonly syncs: number;
}

const WARM_UP_SHARE = 0.1;

/** Writes once more, without clients, what a durable server wrote for a load: the least that its disk lets it take. */
export class SameBatches {
  readonly #disk = new BareDisk();
  readonly #directory: string;

  /** The file is in a directory of its own below `baseDirectory`. */
  constructor(baseDirectory: string) {
    this.#directory = makeDirectory(baseDirectory);
  }

  /** `ops` operations on the server as `load` does them; then how many a second the disk alone would allow. */
  async after<T>(server: RunningServer, ops: number, load: () => Promise<T>): Promise<[T, number]> {
    const before = await written(server);
    const result = await load();
    const { bytes, syncs } = await written(server);
    const batches = syncs - before.syncs;
    const { writesPerSecond } = await this.#disk.write({
      directory: this.#directory,
      bytes: Math.round((bytes - before.bytes) / batches),
      warmUp: Math.ceil(batches * WARM_UP_SHARE),
      writes: batches,
    });
    return [result, (writesPerSecond * ops) / batches];
  }

  async stop(): Promise<void> {
    await this.#disk.stop();
    removeDirectory(this.#directory);
  }
}

function written(server: RunningServer): Promise<Written> {
  return withConnection(server, async (connection) => {
    const stats = await connection.stats();
    return { bytes: Number(stats.get('journal_written_bytes')), syncs: Number(stats.get('journal_syncs')) };
  });
}
