import type { Protocol } from './protocol.ts';
import { RequestRing } from './request-ring.ts';
import type { LoadSpec } from './spec.ts';
import { TimedRequests } from './timed-requests.ts';

/** The requests of one load, connection by connection. */
export interface Requests {
  /** The bytes of `count` requests, beginning with the `first`-th (from 0) of the connection of that number. */
  run(connection: number, first: number, count: number): Buffer;
}

export function requestsOf(protocol: Protocol, spec: LoadSpec): Requests {
  return typeof spec.keys === 'object'
    ? new TimedRequests(protocol, spec, spec.keys.dueAt)
    : new RequestRing(protocol, spec, spec.keys);
}
