import { isIP, type Socket } from 'node:net';
import { isLoopback } from '../../../shared/host.ts';
import type { HttpFrame } from '../frame.ts';
import { passedFrom } from '../passed.ts';
import { Problem } from '../problem.ts';
import type { Middleware } from '../router.ts';

/**
 * Finds out who is at the other end, behind proxies that are trusted as well. What a request says of that itself
 * (`X-Forwarded-*`, the header with the user) counts from these alone.
 */
export function peer(frame: HttpFrame): Middleware {
  return async (context, next) => {
    const { socket, headers } = context.env.incoming;
    const passed = passedFrom(socket);
    const address = peerOf(frame, socket);
    // Who resets the connection behind a request has no address any more, and is nobody that is trusted.
    if (address === '') throw new Problem(400, 'gone', 'the client has gone');
    const isProxy = frame.proxies.includes(address);
    // Where another server listens it may be open to more than this one is.
    const onlyProxies = frame.onlyProxies || (passed !== undefined && frame.users === undefined);
    if (onlyProxies && !isProxy && address !== 'unix' && !isLoopback(address))
      throw new Problem(403, 'not-a-proxy', 'only the proxies of --http-proxy may come from other machines');
    const header = (name: string) => (isProxy ? textOf(headers[name]) : '');
    context.set('address', clientOf(header('x-forwarded-for'), frame.proxies) ?? address);
    context.set('host', firstOf(header('x-forwarded-host')) || (headers.host ?? ''));
    context.set('proxyUser', frame.userHeader === undefined ? '' : utf8(header(frame.userHeader)));
    await next();
  };
}

/** Who is at the other end of a connection: an address, or `unix`. */
export function peerOf({ isUnix }: HttpFrame, socket: Socket): string {
  return passedFrom(socket) ?? (isUnix ? 'unix' : plainAddress(socket.remoteAddress));
}

/** The last one of the list that no trusted proxy has: what stands before it anybody may have written. */
function clientOf(list: string, proxies: readonly string[]): string | undefined {
  const client = list
    .split(',')
    .map((each) => plainAddress(each.trim()))
    .findLast((each) => !proxies.includes(each));
  return client !== undefined && isIP(client) > 0 ? client : undefined;
}

/** An IPv4 address as such, also where the socket is of IPv6. */
function plainAddress(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function firstOf(list: string): string {
  return list.split(',', 1)[0]?.trim() ?? '';
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}

/** Headers come as latin1. */
function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
