/** What has happened in a run, for whoever looks at one that failed. */
export class Diary {
  readonly #lines: string[] = [];

  note(line: string): void {
    this.#lines.push(line);
  }

  last(count: number): string {
    return this.#lines.slice(-count).join('\n');
  }
}
