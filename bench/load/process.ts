import { fileURLToPath } from 'node:url';
import { errorMessage } from '../../shared/errors.ts';
import { Subprocess } from '../subprocess.ts';
import type { LoadResult, LoadSpec } from './spec.ts';

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

/**
 * Runs loads in a process of its own, one at a time. A generator that goes on to another load need not warm up
 * again, so that loads can be short.
 */
export class LoadProcess {
  readonly #process = new Subprocess<LoadResult>('the load generator', entry);

  /** Rejects with what stopped the load. */
  async run(spec: LoadSpec): Promise<LoadResult> {
    try {
      return await this.#process.ask({ ...spec });
    } catch (error) {
      throw new Error(`${spec.protocol} load on port ${spec.port}: ${errorMessage(error)}`, { cause: error });
    }
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}

/** Runs one load. Rejects with what stopped it. */
export async function runLoad(spec: LoadSpec): Promise<LoadResult> {
  const process = new LoadProcess();
  try {
    return await process.run(spec);
  } finally {
    await process.stop();
  }
}
