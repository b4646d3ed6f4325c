import { setTimeout as delay } from 'node:timers/promises';
import { TextConnection } from './text-connection.ts';

/** Between two looks, milliseconds. */
const INTERVAL_MS = 20;

/** Bytes of a journal at one moment. */
export interface SpaceSample {
  /** Of its files. */
  files: number;
  /** Of the messages that are not over. */
  live: number;
  /** Written since the server started, and how much of that was written before and had only to move. */
  written: number;
  moved: number;
}

/** Looks again and again at how much of the disk a server takes, until it is stopped. */
export class SpaceWatch {
  readonly samples: SpaceSample[] = [];
  readonly #connection: TextConnection;
  readonly #run: Promise<void>;
  #stopped = false;

  private constructor(connection: TextConnection) {
    this.#connection = connection;
    this.#run = this.#watch();
    // Whoever stops it is told; until then nobody listens.
    this.#run.catch(() => {});
  }

  static async start(port: number): Promise<SpaceWatch> {
    return new SpaceWatch(await TextConnection.open(port));
  }

  /** Rejects with what ended it before. */
  async stop(): Promise<SpaceSample[]> {
    this.#stopped = true;
    await this.#run;
    return this.samples;
  }

  async #watch(): Promise<void> {
    try {
      while (!this.#stopped) {
        this.samples.push(await sample(this.#connection));
        await delay(INTERVAL_MS);
      }
    } finally {
      this.#connection.close();
    }
  }
}

async function sample(connection: TextConnection): Promise<SpaceSample> {
  const stats = await connection.stats();
  const bytes = (name: string) => Number(stats.get(`journal_${name}bytes`));
  return {
    files: bytes(''),
    live: bytes('live_'),
    written: bytes('written_'),
    moved: bytes('moved_'),
  };
}
