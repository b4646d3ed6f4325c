import { ConfigError, errorMessage } from './errors.ts';

/** What is wrong with a file, collected so that all of it can be told at once. */
export class Mistakes {
  readonly #file: string;
  /** What is said, and its line; what several settings lead to is said once. */
  readonly #lines = new Map<string, number>();

  /** `file`: as it was named to us. */
  constructor(file: string) {
    this.#file = file;
  }

  /** `line`: from 1; 0 for the file as a whole. */
  add(line: number, text: string): void {
    this.#lines.set(`${this.placeOf(line)}: ${text}`, line);
  }

  /** How a line is named: `config.ini:7`. */
  placeOf(line: number): string {
    return line === 0 ? this.#file : `${this.#file}:${line}`;
  }

  /** What `read` returns; undefined when it throws, which is noted with `subject` before it. */
  note<T>(line: number, subject: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.add(line, subject + errorMessage(error));
      return undefined;
    }
  }

  /** Throws a ConfigError that tells all of them, in the order of the file, unless there are none. */
  throwIfAny(): void {
    if (this.#lines.size === 0) return;
    const sorted = [...this.#lines].sort(([, a], [, b]) => a - b);
    throw new ConfigError(sorted.map(([text]) => text).join('\n'));
  }
}
