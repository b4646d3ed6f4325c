/**
 * How this tab gets its data: `live` by a stream, `polling` without one. `lost`: not at all, and why. `asleep`: nobody sees it.
 */
export type ConnectionState = 'connecting' | 'live' | 'polling' | 'lost' | 'asleep';

/** `unavailable`: the server answers, but with errors; it starts or stops, or a proxy answers in its place. */
export type LostReason = 'unauthorized' | 'forbidden' | 'unreachable' | 'unavailable';

export interface Connectedness {
  readonly state: ConnectionState;
  /** Of one that is lost. */
  readonly reason: LostReason | undefined;
}

/** Why there is no data: the status of an answer, or 0 where there was none. */
export function lostReason(status: number): LostReason {
  if (status === 0) return 'unreachable';
  if (status === 401) return 'unauthorized';
  return status === 403 ? 'forbidden' : 'unavailable';
}
