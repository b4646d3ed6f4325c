import type { Leadership } from '../engine/log/replicated/cluster-log.ts';
import type { Roster } from './roster.ts';

/** Where a member is reached by the others. */
export interface Peer {
  readonly host: string;
  readonly port: number;
  readonly id: string;
}

/** What becomes of clients that come: served here, passed to the leader, or held until it is known who leads. */
export type Route =
  | { readonly kind: 'serve' }
  | { readonly kind: 'pass'; readonly leader: Peer }
  | { readonly kind: 'hold' };

const HOLD: Route = { kind: 'hold' };

/** That of a server which does not lead itself. */
export function routeTo({ leader, isSilent }: Leadership, roster: Roster, self: string): Route {
  if (leader === '' || leader === self || isSilent) return HOLD;
  const [, host, port] = /^(.*):(\d+)$/.exec(roster.addressOf(leader) ?? '') ?? [];
  if (host === undefined) return HOLD;
  return { kind: 'pass', leader: { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port), id: leader } };
}

/** Whether nothing changes for anybody. */
export function isSameRoute(one: Route, other: Route): boolean {
  if (one.kind !== 'pass' || other.kind !== 'pass') return one.kind === other.kind;
  const [a, b] = [one.leader, other.leader];
  return a.id === b.id && a.host === b.host && a.port === b.port;
}
