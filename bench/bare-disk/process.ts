import { fileURLToPath } from 'node:url';
import { Subprocess } from '../subprocess.ts';
import type { BareResult, BareSpec } from './spec.ts';

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

/** Writes and syncs one record after the other, in a process of its own: the least that a durable set can take. */
export class BareDisk {
  readonly #process = new Subprocess<BareResult>('writing to a bare file', entry);

  /** Rejects with what went wrong. */
  write(spec: BareSpec): Promise<BareResult> {
    return this.#process.ask({ ...spec });
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}
