import type { Readable } from 'node:stream';
import type { StreamName } from './report.ts';

/** One of this process's own standard streams, for what jobs print as it is. */
class StandardStream {
  readonly #name: StreamName;
  /** Those whose bytes have to wait until somebody reads what was written before. */
  readonly #waiting = new Set<Readable>();
  #isClosed = false;

  constructor(name: StreamName) {
    this.#name = name;
  }

  /** From now on that nobody reads it, or it is on a full disk, ends nothing: the rest is dropped. */
  survive(): void {
    const stream = process[this.#name];
    stream.on('error', () => {
      this.#isClosed = true;
      this.#goOn();
    });
    stream.on('drain', () => this.#goOn());
  }

  /** Writes it; whether more can be written at once. */
  write(chunk: Uint8Array): boolean {
    return this.#isClosed || process[this.#name].write(chunk);
  }

  /** Pauses a source until somebody has read what was written. */
  pause(source: Readable): void {
    source.pause();
    this.#waiting.add(source);
  }

  /** Resolves when all is written that can be. */
  flushed(): Promise<void> {
    const stream = process[this.#name];
    if (this.#isClosed || stream.writableLength === 0) return Promise.resolve();
    return new Promise((resolve) => stream.write('', () => resolve()));
  }

  #goOn(): void {
    for (const source of this.#waiting) source.resume();
    this.#waiting.clear();
  }
}

/** The standard streams of this process. */
export const standard: { readonly [K in StreamName]: StandardStream } = {
  stdout: new StandardStream('stdout'),
  stderr: new StandardStream('stderr'),
};
