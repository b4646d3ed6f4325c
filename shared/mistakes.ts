import { ConfigError, errorMessage, UsageError } from './errors.ts';

interface Place {
  /** Undefined for the command line, '' for what all settings come to. */
  readonly file: string | undefined;
  /** From 1; 0 for the file as a whole. */
  readonly line: number;
}

/** What is wrong with a command line and the files that it leads to, collected so that all of it can be told at once. */
export class Mistakes {
  readonly #file: string | undefined;
  /** By what is said: what several settings lead to is said once. */
  readonly #found: Map<string, Place>;

  /** `file`: as it was named to us; undefined for the command line, '' for what all settings together come to. */
  constructor(file?: string, found = new Map<string, Place>()) {
    this.#file = file;
    this.#found = found;
  }

  /** Those of another file, which are told together with these. */
  of(file: string): Mistakes {
    return new Mistakes(file, this.#found);
  }

  /** What stands before a mistake: `config.ini:5: `. */
  place(line: number): string {
    if (!this.#file) return '';
    return line === 0 ? `${this.#file}: ` : `${this.#file}:${line}: `;
  }

  /** `line`: from 1; 0 for the file as a whole. */
  add(line: number, text: string): void {
    this.#found.set(this.place(line) + text, { file: this.#file, line });
  }

  /** What is wrong with the file as a whole: a sentence whose subject is the file. */
  addWhole(predicate: string): void {
    this.#found.set(`${this.#file} ${predicate}`, { file: this.#file, line: 0 });
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

  /** Throws as `raise` does, unless there are none. */
  throwIfAny(): void {
    if (this.#found.size > 0) this.raise();
  }

  /**
   * Throws an error that tells all of them: those of the command line, then those of each file in its order. It is a
   * UsageError when some are on the command line, else a ConfigError.
   */
  raise(): never {
    const files = [...new Set([undefined, ...[...this.#found.values()].map(({ file }) => file)])];
    const text = [...this.#found]
      .sort(([, a], [, b]) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line)
      .map(([text]) => text)
      .join('\n');
    const isUsage = [...this.#found.values()].some(({ file }) => file === undefined);
    throw isUsage ? new UsageError(text) : new ConfigError(text);
  }
}
