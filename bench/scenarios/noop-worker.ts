import { defineWorker } from '../../consumer/registry.ts';
import { leaveCount } from './call-count.ts';

let calls = 0;
process.once('exit', () => leaveCount(calls));

/** A worker that does nothing but count, to measure what surrounds the job. */
export class NoopWorker {
  noop(): void {
    calls++;
  }
}

export default defineWorker(NoopWorker, { methods: ['noop'] });
