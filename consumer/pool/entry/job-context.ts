// Runs in a child.
import { AsyncLocalStorage } from 'node:async_hooks';
import { ownContext } from '../../own-context.ts';
import type { AssignedJob } from '../messages.ts';

const current = new AsyncLocalStorage<AssignedJob>();

/** Runs what belongs to a job, in an asynchronous context of its own. */
export function runInJob<T>(assigned: AssignedJob, run: () => T): T {
  return ownContext().runInAsyncScope(() => current.run(assigned, run));
}

/** The job whose code runs just now; undefined when it is none's. */
export function currentJob(): AssignedJob | undefined {
  return current.getStore();
}
