import type { Breakage } from '../../../../helpers/program.ts';

const LOG = 'server/engine/log/replicated';
const COMMITTER = `${LOG}/committer.ts`;
const SESSION = `${LOG}/session.ts`;
const ELECTION = `${LOG}/election.ts`;
const LEASE = `${LOG}/lease.ts`;
const LOOKS = 'server/cluster/looks.ts';
const REPLICATED_LOG = `${LOG}/replicated-log.ts`;

/** What the trials of a cluster have to notice. */
export const BREAKAGES: readonly Breakage[] = [
  {
    what: 'an answer comes before the commit',
    file: COMMITTER,
    text: 'else if (batch !== undefined && batch.sealed === undefined) batch.waiting.add(completion, value);',
    replacement: 'else if (batch !== undefined && batch.sealed === undefined) completion.resolve(value);',
  },
  {
    what: 'a leader that is deposed goes on in the epoch of another',
    file: SESSION,
    text: 'if (deposed !== undefined) done(deposed);\n      else if (!mayBeDone',
    replacement:
      'if (deposed !== undefined) this.perform({ ...statement, epoch: row.epoch }, done);\n      else if (!mayBeDone',
  },
  {
    what: 'a follower applies what is appended and not committed',
    file: REPLICATED_LOG,
    text: 'if (epoch === 0) return row.known;',
    replacement: 'if (epoch === 0) return row.position;',
  },
  {
    what: 'a batch that is read counts without a commit behind it',
    file: SESSION,
    text: 'else {\n        this.#confirm(statement.epoch,',
    replacement:
      'else if (statement.epoch > 0) done(this.#timing.now);\n      else {\n        this.#confirm(statement.epoch,',
  },
  {
    what: 'the warning of a cancelled wait is ignored',
    file: SESSION,
    text: "if (end !== 'committed') this.#later",
    replacement: "if (end !== 'committed' && end !== 'warned') this.#later",
  },
  {
    what: 'the warning of a cancelled wait is ignored when an epoch is raised',
    file: SESSION,
    text: "if (end === 'committed') this.#leads",
    replacement: "if (end === 'committed' || end === 'warned') this.#leads",
  },
  {
    what: 'a batch grows that was sent already',
    file: COMMITTER,
    text: 'batch === undefined || batch.sealed !== undefined || isSegment',
    replacement: 'batch === undefined || isSegment',
  },
  {
    what: 'a batch is sent again as another one',
    file: SESSION,
    text: 'else if (!mayBeDone(statement, row)) this.perform(statement, done);',
    replacement:
      'else if (!mayBeDone(statement, row)) this.perform(batch ? { ...statement, batch: { ...batch, id: batch.id + 1 } } : statement, done);',
  },
  {
    what: 'the epoch is raised on a view that is stale',
    file: ELECTION,
    text: 'row.epoch === seen?.epoch && row.position === seen.position && row.beat === seen.beat',
    replacement: 'row.epoch === seen?.epoch',
  },
  {
    what: 'more is trimmed than the oldest segment',
    file: REPLICATED_LOG,
    text: 'const { to } = this.oldest();\n    await',
    replacement: 'const to = this.#segments.newest.from;\n    await',
  },
  {
    what: 'a segment is trimmed before what was moved is committed',
    file: REPLICATED_LOG,
    text: 'await this.flush();\n    const { to }',
    replacement: 'const { to }',
  },
  {
    what: 'the clock is trusted: a leader is certain from the moment on at which it hears of a commit',
    file: SESSION,
    text: 'this.#pause = PAUSE_MS;\n        done(sentAt);',
    replacement: 'this.#pause = PAUSE_MS;\n        done(this.#timing.now);',
  },
  {
    what: 'the clock is trusted: a leader is certain for two leases',
    file: LEASE,
    text: 'this.#since < this.#ms / 2',
    replacement: 'this.#since < this.#ms * 2',
  },
  {
    what: 'what is new is taken to be written after the look before the last one',
    file: LOOKS,
    text: 'const GROWN = 3;',
    replacement: 'const GROWN = 2;',
  },
  {
    what: 'a beat that did nothing renews the lease',
    file: SESSION,
    text: "if (end === 'committed') done(sentAt);",
    replacement: 'done(sentAt);',
  },
  {
    what: 'a leader that was paused answers a miss',
    file: COMMITTER,
    text: 'else if (batch === undefined && this.lease.isCertain) completion.resolve(value);',
    replacement: 'else if (batch === undefined) completion.resolve(value);',
  },
  {
    what: 'a leader that was paused answers once it hears of what it had sent before',
    file: COMMITTER,
    text: 'else if (batch !== undefined && batch.sealed === undefined)',
    replacement: 'else if (batch !== undefined)',
  },
  {
    what: 'a leader that hands over answers what needs no append',
    file: LEASE,
    text: 'this.#ms / 2 && !this.#isGivenUp',
    replacement: 'this.#ms / 2',
  },
  {
    what: 'what was lost is not looked for over a new connection',
    file: SESSION,
    text: 'else if (row.position < position) done(this.#lostRecords(row));',
    replacement: 'else if (row.position >= 0) done(undefined);',
  },
];
