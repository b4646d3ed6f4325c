import { defineWorker } from '../../consumer/class/worker-definition.ts';
import { leaveFindings } from '../consumer/findings.ts';

/** What the worker leaves. */
export interface NoopFindings {
  readonly calls: number;
  /** From the first call until the process ends, which it does when the server knows the end of every job. */
  readonly seconds: number;
}

let calls = 0;
let first = 0;

process.once('exit', () => {
  if (calls === 0) return;
  const findings: NoopFindings = { calls, seconds: (performance.now() - first) / 1000 };
  leaveFindings(findings);
});

/** A worker that does nothing but count, to measure what surrounds the job. */
export class NoopWorker {
  noop(): void {
    if (calls === 0) first = performance.now();
    calls++;
  }
}

export default defineWorker(NoopWorker, { methods: ['noop'] });
