import { href } from '../../api/base.ts';

/** What the address of this page says: which errors or messages are listed, or which error is looked at. */
export interface FailedAddress {
  readonly tab?: 'messages' | undefined;
  /** The key of a queue. */
  readonly queue?: string | undefined;
  /** The key of an error group of the queue, as `errorHref` has it. */
  readonly error?: string | undefined;
  readonly q?: string | undefined;
  readonly sort?: 'last' | undefined;
  readonly cursor?: string | undefined;
}

export function readAddress(query: Readonly<Record<string, string>>): FailedAddress {
  const { queue, error, q, cursor } = query;
  return {
    tab: query.tab === 'messages' ? 'messages' : undefined,
    queue: queue || undefined,
    error: error || undefined,
    q: q || undefined,
    sort: query.sort === 'last' ? 'last' : undefined,
    cursor: cursor || undefined,
  };
}

export function failedHref(address: FailedAddress): string {
  return href('/failed', { ...address });
}
