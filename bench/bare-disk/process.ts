import { fileURLToPath } from 'node:url';
import type { Latency } from '../load/spec.ts';
import { Subprocess } from '../subprocess.ts';
import type { BareSpec } from './spec.ts';

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

/** Writes and syncs one record after the other, in a process of its own: the least that a durable set can take. */
export class BareDisk {
  readonly #process = new Subprocess<Latency>('writing to a bare file', entry);

  /** How long one write and its fdatasync took, in milliseconds. Rejects with what went wrong. */
  write(spec: BareSpec): Promise<Latency> {
    return this.#process.ask({ ...spec });
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}
