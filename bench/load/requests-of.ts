import { NumberedRequests } from './numbered-requests.ts';
import type { Protocol } from './protocol.ts';
import { RequestRing } from './request-ring.ts';
import type { Requests } from './requests.ts';
import type { LoadSpec } from './spec.ts';
import { SpreadRequests } from './spread-requests.ts';

export function requestsOf(protocol: Protocol, spec: LoadSpec): Requests {
  const { keys, mode, numberedFrom } = spec;
  if (numberedFrom !== undefined && mode === 'mixed')
    throw new Error('numbered bodies are either set or taken');
  if (numberedFrom !== undefined && mode === 'set') return new NumberedRequests(protocol, spec, numberedFrom);
  if (typeof keys === 'object' && 'queues' in keys) return new SpreadRequests(protocol, spec, keys.queues);
  if (typeof keys === 'object')
    throw new Error('what is due at a time can only be set, with numbered bodies');
  return new RequestRing(protocol, spec, keys);
}
