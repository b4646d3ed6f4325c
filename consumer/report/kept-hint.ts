import { printable } from '../../shared/printable.ts';
import type { JobTrouble } from './report.ts';
import { isKept } from './trouble-text.ts';

/** Said when a server does not tell which attempt is the last one. */
const UNKNOWN =
  'What failed or was killed is tried again, until its last attempt; then it is kept as failed.';

/** What can be done about jobs that are kept as failed. */
export class KeptHint {
  /** Those that keep something, or may. */
  readonly #queues = new Set<string>();
  #isUnknown = false;

  add(trouble: JobTrouble): void {
    const kept = isKept(trouble);
    if (kept === undefined) this.#isUnknown = true;
    if (kept !== false) this.#queues.add(trouble.queue);
  }

  /** None where nothing is kept. */
  lines(): string[] {
    if (this.#queues.size === 0) return [];
    const [only = '<queue>'] = this.#queues.size === 1 ? this.#queues : [];
    const queue = printable(only);
    const kept = `Jobs that are kept as failed: "get ${queue}/failed/peek/info" shows the next one, "touch ${queue}/failed 0" tries all again.`;
    return this.#isUnknown ? [UNKNOWN, kept] : [kept];
  }
}
