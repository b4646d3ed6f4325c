import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { keepTrackOf } from '../children.ts';
import type { Latency } from '../load/spec.ts';
import type { BareOutcome, BareSpec } from './spec.ts';

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

/** Writes and syncs one record after the other, in a process of its own: the least that a durable set can take. */
export class BareDisk {
  readonly #child: ChildProcess = keepTrackOf(fork(entry, { detached: true }));
  readonly #exited = once(this.#child, 'exit');

  /** Rejects with what hindered it. */
  async write(spec: BareSpec): Promise<Latency> {
    const answer = once(this.#child, 'message');
    this.#child.send(spec);
    const [outcome] = (await Promise.race([answer, this.#exited.then(died)])) as [BareOutcome];
    if ('error' in outcome) throw new Error(`writing to ${spec.directory}: ${outcome.error}`);
    return outcome.result;
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }
}

function died([code, signal]: unknown[]): [BareOutcome] {
  return [{ error: `the process ended early (${code ?? signal})` }];
}
