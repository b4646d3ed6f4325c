import { duration } from './value-readers.ts';

/** How long a message waits after its n-th failed attempt. */
export type Backoff =
  | { readonly kind: 'exponential' }
  | { readonly kind: 'fixed'; readonly seconds: number }
  | { readonly kind: 'none' };

/** Longest wait between two attempts, seconds: ten years. */
export const LONGEST_FIXED = 10 * 365 * 86_400;
const readSeconds = duration(0, LONGEST_FIXED);

/** Reads `exponential`, `none` or `fixed:<time>`. Throws an error that says what is wrong. */
export function parseBackoff(text: string): Backoff {
  if (text === 'exponential' || text === 'none') return { kind: text };
  if (!text.startsWith('fixed:')) throw new Error(`"${text}" is not exponential, none or fixed:<time>`);
  return { kind: 'fixed', seconds: readSeconds(text.slice('fixed:'.length), '') / 1000 };
}

/** A backoff as it is written. */
export function backoffText(backoff: Backoff): string {
  return backoff.kind === 'fixed' ? `fixed:${backoff.seconds}` : backoff.kind;
}
