import type { Logger } from '../../shared/logger.ts';

export interface AuditEntry {
  /** 1, 2, 3, ... */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** '' where nobody had to log in. */
  readonly user: string;
  readonly address: string;
  readonly action: string;
  readonly target: string;
  readonly status: number;
}

/** Actions that are kept to be looked at. */
const KEPT = 1000;

/** Who has done what over HTTP: a line each in the server's log, and the last of them to be looked at. */
export class AuditLog {
  readonly #logger: Logger;
  readonly #entries: AuditEntry[] = [];
  #count = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The newest first. */
  get entries(): readonly AuditEntry[] {
    return this.#entries.toReversed();
  }

  note(entry: Omit<AuditEntry, 'number'>): void {
    this.#entries.push({ ...entry, number: ++this.#count });
    if (this.#entries.length > KEPT) this.#entries.shift();
    const { at: _at, ...line } = entry;
    this.#logger.info({ ...line }, 'action');
  }
}
