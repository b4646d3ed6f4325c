import { isDeepStrictEqual } from 'node:util';
import type { DatabaseCondition } from '../cluster-members.ts';
import type { Choice } from './choice.ts';
import type { Host } from './database-url.ts';
import type { Identity } from './identity.ts';
import type { Status } from './promise.ts';

/** Where lines go that people should see. A pino logger is one. */
export interface Lines {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

const UNKNOWN: DatabaseCondition = {
  host: '',
  timeline: 0,
  promise: '',
  isReplicated: false,
  standbys: 0,
  waitsFor: 0,
  writableHosts: 0,
  problems: [],
  refusal: 'nobody has looked yet',
  oldestSnapshotMs: 0,
};

/** How the database is, put together from all that was seen of it; each change is a line. */
export class Condition {
  readonly #lines: Lines;
  readonly #changed: (condition: DatabaseCondition) => void;
  current = UNKNOWN;
  #host = '';
  #timeline = 0;
  /** Why there is no connection. */
  #absence: string | undefined = UNKNOWN.refusal;
  #choice: Choice | undefined;
  #status: Status | undefined;
  /** What the last statement that did nothing ended with. */
  #failure: string | undefined;

  /** Whether a commit that waits for no standby may not count. */
  readonly needsStandby: boolean;

  constructor(lines: Lines, needsStandby: boolean, changed: (condition: DatabaseCondition) => void) {
    this.#lines = lines;
    this.needsStandby = needsStandby;
    this.#changed = changed;
  }

  /** Whether a commit means less than was asked for. */
  get isVoid(): boolean {
    return this.#status?.isVoid ?? false;
  }

  isConnected({ text }: Host, { timeline }: Identity, status: Status): void {
    this.#host = text;
    this.#timeline = timeline;
    this.#absence = undefined;
    this.#failure = undefined;
    this.#status = status;
    this.#update();
  }

  /** There is no connection any more, or again none. */
  isAway(reason: string): void {
    this.#host = '';
    this.#timeline = 0;
    this.#absence = reason;
    this.#update();
  }

  /** All hosts were looked at. */
  hasLooked(choice: Choice): void {
    this.#choice = choice;
    this.#update();
  }

  hasStatus(status: Status): void {
    this.#status = status;
    this.#update();
  }

  /** A statement has done nothing; or one was done, for which there is no reason. */
  hasEnded(failure: string | undefined): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    this.#update();
  }

  #update(): void {
    const before = this.current;
    const status = this.#status;
    const found: DatabaseCondition = {
      host: this.#host,
      timeline: this.#timeline,
      promise: status?.promise ?? '',
      isReplicated: status?.isReplicated ?? false,
      standbys: status?.standbys ?? 0,
      waitsFor: status?.waitsFor ?? 0,
      writableHosts: this.#choice?.writable ?? 0,
      problems: [...(this.#choice?.problems ?? []), ...(status?.problems ?? [])],
      refusal: this.#absence ?? status?.refusal ?? this.#failure,
      oldestSnapshotMs: status?.oldestSnapshotMs ?? 0,
    };
    this.current = found;
    if (isDeepStrictEqual({ ...found, oldestSnapshotMs: 0 }, { ...before, oldestSnapshotMs: 0 })) return;
    this.#tell(before, found);
    this.#changed(found);
  }

  #tell(before: DatabaseCondition, now: DatabaseCondition): void {
    if (now.refusal !== before.refusal) {
      if (now.refusal !== undefined) this.#lines.error(`the database takes nothing: ${now.refusal}`);
      else this.#lines.info(`the database is there: ${now.host}, timeline ${now.timeline}`);
    } else if (now.host !== before.host) {
      this.#lines.info(`the database is now ${now.host}, timeline ${now.timeline}`);
    }
    if (now.promise !== before.promise) {
      const line = `what the database promises: ${now.promise}`;
      if (now.isReplicated || before.promise === '') this.#lines.info(line);
      else this.#lines.warn(line);
    }
    for (const problem of now.problems) if (!before.problems.includes(problem)) this.#lines.error(problem);
  }
}
