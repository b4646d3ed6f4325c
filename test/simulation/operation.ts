import type { EnqueueRequest, ReleaseReason, ReserveRequest } from '../../server/engine/api.ts';
import type { Mode } from '../model/item.ts';
import type { Failure } from '../model/lifecycle.ts';
import type { Line } from '../model/schedule.ts';

/** What a client asks of the engine. */
export type Operation =
  | Enqueue
  | Read
  | { readonly type: 'takeFailed'; readonly queue: string; readonly jobId: string }
  | { readonly type: 'peek'; readonly queue: string; readonly failed: boolean; readonly jobId: string }
  | { readonly type: 'complete'; readonly token: number; readonly result: string }
  | { readonly type: 'release'; readonly token: number; readonly reason: ReleaseReason }
  | (Failure & { readonly type: 'fail'; readonly token: number })
  | { readonly type: 'extend'; readonly token: number; readonly leaseMs: number }
  | { readonly type: 'progress'; readonly token: number; readonly text: string }
  | { readonly type: 'status'; readonly queue: string; readonly jobId: string }
  | { readonly type: 'cancel'; readonly queue: string; readonly jobId: string }
  | Retry
  | { readonly type: 'discardFailed'; readonly queue: string; readonly jobId: string }
  | { readonly type: 'purge'; readonly queue: string | undefined }
  | { readonly type: 'drop'; readonly queue: string }
  | { readonly type: 'pause'; readonly queue: string }
  | { readonly type: 'resume'; readonly queue: string }
  | { readonly type: 'move'; readonly queue: string; readonly to: string }
  | { readonly type: 'runNow'; readonly name: string }
  | { readonly type: 'setDisabled'; readonly name: string; readonly isDisabled: boolean }
  | { readonly type: 'schedule'; readonly lines: readonly Line[] };

type OfItself = 'maxAttempts' | 'backoff' | 'group';

export interface Enqueue
  extends Omit<EnqueueRequest, 'body' | 'start' | 'end' | OfItself>,
    Partial<Pick<EnqueueRequest, OfItself>> {
  readonly type: 'enqueue';
  readonly body: string;
}

/** Of all that has failed, or of one job. */
export interface Retry {
  readonly type: 'retryFailed';
  readonly queue: string;
  /** '' for all. */
  readonly jobId: string;
  /** Seconds. */
  readonly delay: number;
}

/** From the first of the queues that has something; with more than one of them by a watch list. */
export interface Read extends Pick<ReserveRequest, 'leaseMs' | 'holder' | 'waitMs'> {
  readonly type: 'read';
  readonly queues: readonly string[];
  readonly mode: Mode;
}

/** A body of its own for every number: the number and so many times one letter. */
export function bodyOf(number: number, length: number): string {
  return `${number}:${String.fromCharCode(97 + (number % 26)).repeat(length)}`;
}

/** Enough of a body to know it by, or the word that it is none. */
export function nameOfBody(body: string): string {
  const number = Number.parseInt(body, 10);
  const length = body.length - `${number}:`.length;
  return length >= 0 && body === bodyOf(number, length) ? `${number}x${length}` : 'GARBAGE';
}
