import { inspect } from 'node:util';
import { MemqError } from '../shared/errors.ts';
import { type Call, parseCall } from './payload/call.ts';
import { findAllowed, type Method, type WorkerDefinition } from './registry.ts';

/** A class's one instance in this run, and what may be called on it. */
export interface Worker {
  readonly definition: WorkerDefinition;
  readonly instance: object;
}

/** How a job ended; `reason` is what the server keeps with it. */
export type Outcome =
  | { readonly kind: 'done' }
  /** The method threw: the job may work at another time. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Not a call, or not one that is allowed: no other time will change that. */
  | { readonly kind: 'rejected'; readonly reason: string };

/** How many characters of a reason are passed on; the server keeps 4096 bytes. */
const MAX_REASON = 4096;

const DONE: Outcome = { kind: 'done' };

/**
 * Runs one job: reads the payload, looks the method up, calls it and waits for its promise. Never rejects,
 * whatever the payload is and whatever the method throws.
 */
export async function dispatch(
  worker: Worker,
  payload: Uint8Array,
  readText: (bytes: Uint8Array) => string,
): Promise<Outcome> {
  let call: Call;
  let method: Method;
  try {
    call = parseCall(readText(payload));
    method = findAllowed(worker.definition, call.method);
  } catch (error) {
    return {
      kind: 'rejected',
      reason: error instanceof MemqError ? error.message.slice(0, MAX_REASON) : describe(error),
    };
  }
  try {
    await method.apply(worker.instance, call.args);
    return DONE;
  } catch (error) {
    return { kind: 'failed', reason: describe(error) };
  }
}

/** An error as text: its stack, which begins with its name and message. Anything can be thrown. */
function describe(error: unknown): string {
  try {
    const text = error instanceof Error && typeof error.stack === 'string' ? error.stack : inspect(error);
    return text.slice(0, MAX_REASON);
  } catch {
    return 'the method threw something that cannot be shown';
  }
}
