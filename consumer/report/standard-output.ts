import type { Readable } from 'node:stream';
import { errorCode } from '../../shared/errors.ts';
import type { StreamName } from './report.ts';

/** More than so many bytes that nobody reads are dropped. Sources that pause keep it far below. */
const MOST_UNREAD = 64 * 1024 * 1024;

/** One of this process's own standard streams. Of a pipe, what nobody has read yet is kept, and holds up nothing. */
export class StandardStream {
  readonly #name: StreamName;
  /** Those whose bytes have to wait until somebody reads what was written before. */
  readonly #waiting = new Set<Readable>();
  #isClosed = false;

  constructor(name: StreamName) {
    this.#name = name;
  }

  /** From now on that nobody reads it, or it is on a full disk, ends nothing: what cannot be written is dropped. */
  survive(): void {
    const stream = process[this.#name];
    stream.on('error', (error) => {
      if (errorCode(error) === 'EPIPE') this.#isClosed = true;
      this.#goOn();
    });
    stream.on('drain', () => this.#goOn());
  }

  /** Whether some of what was written was not read yet, so that sources should pause. */
  get isBehind(): boolean {
    return !this.#isClosed && process[this.#name].writableNeedDrain;
  }

  write(chunk: Uint8Array | string): void {
    const stream = process[this.#name];
    if (!this.#isClosed && stream.writableLength < MOST_UNREAD) stream.write(chunk);
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
