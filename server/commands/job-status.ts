import type { Completion, JobStatus } from '../engine/api.ts';
import type { Key } from '../protocol/key.ts';
import { concat, type Reply } from '../protocol/replies.ts';
import type { Command } from '../protocol/request.ts';
import { Exchange, problemOf, readProblem } from '../session/pipeline.ts';
import { READ_WEIGHT, type Session } from '../session/session.ts';
import { statusLine } from './json-lines.ts';

/** `get q/id=K`: what is known of a job. `isLast`: the end of the answer follows. */
export function readStatus(session: Session, command: Command, key: Key, isLast: boolean): void {
  const exchange = new StatusRead(session, command, key, isLast);
  session.enter(exchange);
  session.context.engine.status(key.queue, key.values.jobId, exchange);
}

class StatusRead extends Exchange implements Completion<JobStatus | undefined> {
  readonly #key: Key;
  readonly #isLast: boolean;

  constructor(session: Session, command: Command, key: Key, isLast: boolean) {
    super(session, command);
    this.#key = key;
    this.#isLast = isLast;
  }

  override get weight(): number {
    return READ_WEIGHT;
  }

  resolve(status: JobStatus | undefined): void {
    const { stats } = this.session.context;
    if (status === undefined) stats.getMisses++;
    else stats.getHits++;
    const { replies } = this.command;
    const end = this.#isLast ? replies.end(this.command) : '';
    this.settle(concat(this.#answer(status), end));
  }

  #answer(status: JobStatus | undefined): Reply {
    const { replies } = this.command;
    if (status === undefined) return replies.miss(this.command, this.#key);
    const body = statusLine(status);
    const place = { body, start: 0, end: body.length };
    return replies.value(this.command, this.#key, { flags: 0, cas: status.id, preface: '', ...place });
  }

  override reject(error: Error): void {
    this.refuse(readProblem(this.command, problemOf(error)));
  }
}
