import type { JobName } from './report.ts';

/** How much of what a job printed is kept, bytes. */
const MAX_BYTES = 4096;

/** Of how many jobs it is kept, should nobody hear how they ended. */
const MAX_JOBS = 1000;

/** The ends of what jobs have printed, until it is known whether somebody wants to see them. */
export class OutputTails {
  /** By queue and id; those that printed last are at the end. */
  readonly #tails = new Map<string, string>();

  add(job: JobName, line: string): void {
    const key = keyOf(job);
    const text = `${this.#tails.get(key) ?? ''}${line}\n`;
    this.#tails.delete(key);
    // No character takes less than a byte. The copy lets go of the rest.
    this.#tails.set(key, text.length > 2 * MAX_BYTES ? ending(text) : text);
    if (this.#tails.size <= MAX_JOBS) return;
    const [oldest] = this.#tails.keys();
    if (oldest !== undefined) this.#tails.delete(oldest);
  }

  /** What the job printed last, whole lines where there are any; undefined when it printed nothing. Forgets it. */
  take(job: JobName): string | undefined {
    const key = keyOf(job);
    const text = this.#tails.get(key);
    this.#tails.delete(key);
    if (text === undefined) return undefined;
    const tail = ending(text);
    if (tail.length === text.length) return tail.trimEnd();
    return `...\n${tail.slice(tail.trimEnd().indexOf('\n') + 1).trimEnd()}`;
  }
}

/** The last characters that fit. */
function ending(text: string): string {
  const bytes = Buffer.from(text.slice(-MAX_BYTES));
  let start = Math.max(0, bytes.length - MAX_BYTES);
  // Not in the middle of a character.
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.toString('utf8', start);
}

function keyOf({ queue, id }: JobName): string {
  return `${queue} ${id}`;
}
