import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { keepTrackOf } from '../children.ts';
import type { LoadResult, LoadSpec } from './spec.ts';

export type LoadOutcome = { result: LoadResult } | { error: string };

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

/**
 * Runs loads in a process of its own, one at a time. A generator that goes on to another load need not warm up
 * again, so that loads can be short.
 */
export class LoadProcess {
  readonly #child: ChildProcess = keepTrackOf(fork(entry, { detached: true }));
  readonly #exited = once(this.#child, 'exit');

  /** Rejects with what stopped the load. */
  async run(spec: LoadSpec): Promise<LoadResult> {
    const answer = once(this.#child, 'message');
    this.#child.send(spec);
    const [outcome] = (await Promise.race([answer, this.#exited.then(died)])) as [LoadOutcome];
    if ('error' in outcome) throw new Error(`${spec.protocol} load on port ${spec.port}: ${outcome.error}`);
    return outcome.result;
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
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

function died([code, signal]: unknown[]): [LoadOutcome] {
  return [{ error: `the load generator ended early (${code ?? signal})` }];
}
