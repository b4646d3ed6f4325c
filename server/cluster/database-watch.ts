import { Condition } from '../../shared/condition.ts';
import type { Logger } from '../../shared/logger.ts';
import type { DatabaseCondition } from '../engine/log/replicated/cluster-members.ts';

/** From this age on a snapshot is told that keeps what is trimmed on the disk of the database, milliseconds. */
const OLD_SNAPSHOT_MS = 60_000;

/** How the database is, and a line of the log for each change of that. */
export class DatabaseWatch {
  readonly #logger: Logger;
  readonly #away: Condition;
  readonly #snapshot: Condition;
  #now: DatabaseCondition | undefined;
  #problems: ReadonlySet<string> = new Set();

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#away = new Condition(
      (why) => logger.error({ error: why }, 'the database is away: nothing is stored or handed out'),
      () => logger.info({ database: this.#now?.host }, 'the database is back'),
    );
    this.#snapshot = new Condition(
      (age) =>
        logger.warn(
          `the oldest snapshot of the database is ${age} old: it keeps what is trimmed on its disk`,
        ),
      () => logger.info('the database has no old snapshot any more'),
    );
  }

  /** Undefined before anything is known. */
  get condition(): DatabaseCondition | undefined {
    return this.#now;
  }

  /** It is so now. */
  changed(condition: DatabaseCondition): void {
    const before = this.#now;
    this.#now = condition;
    this.#away.is(condition.refusal);
    const { oldestSnapshotMs: age } = condition;
    this.#snapshot.is(age > OLD_SNAPSHOT_MS ? `${Math.round(age / 1000)} s` : undefined);
    // What nobody can ask it promises nothing.
    if (condition.host !== '') {
      this.#tellHost(before, condition);
      this.#tellPromise(before, condition);
    }
    this.#tellProblems(condition.problems);
  }

  #tellHost(before: DatabaseCondition | undefined, { host, timeline }: DatabaseCondition): void {
    if (before?.host === host && before.timeline === timeline) return;
    this.#logger.info({ database: host, timeline }, 'the log is kept there');
  }

  #tellPromise(before: DatabaseCondition | undefined, condition: DatabaseCondition): void {
    const { promise, isReplicated, standbys, waitsFor } = condition;
    if (before?.promise === promise) return;
    const line = { promise, standbys, waitsFor };
    if (isReplicated) this.#logger.info(line, 'what the database promises');
    else
      this.#logger.warn(line, 'what is stored is on one machine only, as the database is set up or is now');
  }

  #tellProblems(problems: readonly string[]): void {
    const now = new Set(problems);
    for (const problem of now)
      if (!this.#problems.has(problem))
        this.#logger.error({ error: problem }, 'something is wrong with the database');
    for (const problem of this.#problems)
      if (!now.has(problem)) this.#logger.info({ was: problem }, 'that is over with the database');
    this.#problems = now;
  }
}
