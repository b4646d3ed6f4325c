import { fileURLToPath } from 'node:url';
import type { Answer } from '../answer.ts';
import { Subprocess } from '../subprocess.ts';
import type { ProbeResult } from './prober.ts';

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

/** Watches, from a process of its own, how long a server takes to answer while something else goes on. */
export class Probe {
  readonly #process: Subprocess<ProbeResult | 'begun'>;
  readonly #answer: Promise<Answer<ProbeResult | 'begun'>>;

  private constructor(process: Subprocess<ProbeResult | 'begun'>) {
    this.#process = process;
    this.#answer = process.next();
  }

  /** Resolves once it has begun. Rejects with what went wrong. */
  static async start(port: number): Promise<Probe> {
    const process = new Subprocess<ProbeResult | 'begun'>('the probe', entry);
    await process.ask(port);
    return new Probe(process);
  }

  /** Resolves when all answers have come. Rejects with what went wrong. */
  async stop(): Promise<ProbeResult> {
    this.#process.send('stop');
    const result = this.#process.resultOf(await this.#answer);
    if (result === 'begun') throw new Error('the probe has begun twice');
    return result;
  }
}
