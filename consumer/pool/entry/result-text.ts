// Runs in a child.
import type { JobResult } from '../../executor.ts';
import type { Job } from '../../queue/job.ts';

/** What a result may take, bytes. */
const MAX_RESULT = 64 * 1024;

/**
 * What a job has returned, for its status: text as it is, all else as JSON. Nothing where nobody could ask for it, or
 * it is no data, or too much.
 */
export function resultText(job: Job, result: JobResult): string | undefined {
  if (job.job === undefined || result.kind !== 'done' || result.value === undefined) return undefined;
  const { value } = result;
  try {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return text === undefined || Buffer.byteLength(text) > MAX_RESULT ? undefined : text;
  } catch {
    return undefined;
  }
}
