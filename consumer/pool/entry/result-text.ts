import type { Outcome } from '../../executor.ts';
import type { Job } from '../../job-source.ts';

/** What a result may take, bytes. */
const MAX_RESULT = 64 * 1024;

/**
 * What a job has returned, for its status: text as it is, all else as JSON. Nothing where nobody could ask for it, or
 * it is no data, or too much.
 */
export function resultText(job: Job, outcome: Outcome): string | undefined {
  if (job.job === undefined || outcome.kind !== 'done' || outcome.result === undefined) return undefined;
  const { result } = outcome;
  try {
    const text = typeof result === 'string' ? result : JSON.stringify(result);
    return text === undefined || Buffer.byteLength(text) > MAX_RESULT ? undefined : text;
  } catch {
    return undefined;
  }
}
