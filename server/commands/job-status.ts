import type { Completion, EndRequest, JobStatus } from '../engine/api.ts';
import type { Key } from '../protocol/key.ts';
import type { Request } from '../protocol/request.ts';
import type { Context } from './context.ts';
import { statusLine } from './json-lines.ts';
import { KeyRead } from './key-read.ts';

/**
 * `get q/id=K`: what is known of a job, with `t` once it has ended or the time is over. `isLast`: the end of the reply
 * follows.
 */
export function readStatus(context: Context, request: Request, key: Key, isLast: boolean): void {
  const { engine, pipeline } = context;
  const read = new StatusRead(context, request, key, isLast);
  pipeline.enter(read);
  if (read.waitMs === 0) {
    engine.status(read.queue, read.jobId, read);
    return;
  }
  engine.awaitEnd(read, read);
  pipeline.block(read);
}

/** It is its own request to the engine. */
class StatusRead extends KeyRead implements Completion<JobStatus | undefined>, EndRequest {
  #isPatient = true;

  get queue(): string {
    return this.key.queue;
  }
  get jobId(): string {
    return this.key.values.jobId;
  }
  /** 0 once it is to wait no longer: the engine may still be about to ask. */
  get waitMs(): number {
    return this.#isPatient ? Math.min(this.key.values.waitMs, this.context.server.settings.maxWaitMs) : 0;
  }

  resolve(status: JobStatus | undefined): void {
    this.count(status !== undefined);
    if (status === undefined) {
      this.answerWith(undefined);
      return;
    }
    const body = statusLine(status);
    this.answerWith({ flags: 0, cas: status.id, preface: '', body, start: 0, end: body.length });
  }

  override abandon(): void {
    if (this.reply === undefined) this.context.engine.abandon(this);
  }

  override stopWaiting(): void {
    this.#isPatient = false;
    this.context.engine.stopWaiting(this);
  }
}
