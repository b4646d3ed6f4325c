// Runs in a child.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AssignedJob } from '../messages.ts';

/** Runs a function where no job has left anything behind, as by `AsyncLocalStorage.enterWith`. */
const atRoot = AsyncLocalStorage.snapshot();

const current = new AsyncLocalStorage<AssignedJob>();

/** Runs what belongs to a job, in an asynchronous context of its own. */
export function runInJob(assigned: AssignedJob, run: () => void): void {
  atRoot(() => current.run(assigned, run));
}

/** The job whose code runs just now; undefined when it is none's. */
export function currentJob(): AssignedJob | undefined {
  return current.getStore();
}
