import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { keepTrackOf } from '../children.ts';
import type { ProbeResult } from './prober.ts';

export type ProbeOutcome = { result: ProbeResult } | { error: string };

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

/** Watches, from a process of its own, how long a server takes to answer while something else goes on. */
export class Probe {
  readonly #child: ChildProcess;
  readonly #outcome: Promise<ProbeOutcome>;

  private constructor(child: ChildProcess, outcome: Promise<ProbeOutcome>) {
    this.#child = child;
    this.#outcome = outcome;
  }

  /** Resolves once it has begun. Rejects with what hinders it. */
  static async start(port: number): Promise<Probe> {
    const child = keepTrackOf(fork(entry, { detached: true }));
    child.send(port);
    const first = await nextMessage<'begun' | { error: string }>(child);
    if (first !== 'begun') throw problem(first.error);
    return new Probe(child, nextMessage<ProbeOutcome>(child));
  }

  /** Resolves when all answers have come. Rejects with what hindered it. */
  async stop(): Promise<ProbeResult> {
    if (this.#child.connected) this.#child.send('stop');
    const outcome = await this.#outcome;
    if ('error' in outcome) throw problem(outcome.error);
    return outcome.result;
  }
}

async function nextMessage<T>(child: ChildProcess): Promise<T | { error: string }> {
  const message = once(child, 'message').then(([message]) => message as T);
  const end = once(child, 'exit').then(() => ({ error: 'it ended early' }));
  return Promise.race([message, end]);
}

function problem(text: string): Error {
  return new Error(`the probe: ${text}`);
}
