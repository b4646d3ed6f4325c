import type { Completion, JobStatus } from '../engine/api.ts';
import type { Key } from '../protocol/key.ts';
import type { Request } from '../protocol/request.ts';
import type { Context } from './context.ts';
import { statusLine } from './json-lines.ts';
import { KeyRead } from './key-read.ts';

/** `get q/id=K`: what is known of a job. `isLast`: the end of the reply follows. */
export function readStatus(context: Context, request: Request, key: Key, isLast: boolean): void {
  const read = new StatusRead(context, request, key, isLast);
  context.pipeline.enter(read);
  context.engine.status(key.queue, key.values.jobId, read);
}

class StatusRead extends KeyRead implements Completion<JobStatus | undefined> {
  resolve(status: JobStatus | undefined): void {
    this.count(status !== undefined);
    if (status === undefined) {
      this.answerWith(undefined);
      return;
    }
    const body = statusLine(status);
    this.answerWith({ flags: 0, cas: status.id, preface: '', body, start: 0, end: body.length });
  }
}
