import { isIPv4, isIPv6 } from 'node:net';
import type { Reader } from './value-readers.ts';

/** Undefined for what may be a host; else why it is none. `portKey`: where a port belongs. */
export function hostProblem(text: string, portKey: string): string | undefined {
  if (text === '') return 'it is empty';
  // Who has written a URL may have written a password.
  const wrong = JSON.stringify(text.replace(/\/\/[^/]*@/, '//...@'));
  const url = /^\w+:\/\/(?:[^/]*@)?(\[[^\]]*\]|[^/:]*)/.exec(text);
  if (url !== null)
    return `${wrong} is a URL: write only the host, "${url[1]}"; the port belongs in ${portKey}`;
  if (/[,;\s]/.test(text)) return `${wrong} is more than the name or the address of one host`;
  if (text.includes('/')) return `${wrong} is a path, and no host's name or address`;
  const [, before, port] = /^(\[.*\]|[^:]*):(\d*)$/.exec(text) ?? [];
  if (port !== undefined)
    return `${wrong} has a port: write only "${before}"; the port belongs in ${portKey}`;
  const bare = withoutBrackets(text);
  if (bare.includes(':') || bare !== text)
    return isIPv6(bare) ? undefined : `${wrong} is not an IPv6 address`;
  if (/^\d+(?:\.\d+){3}$/.test(bare) && !isIPv4(bare)) return `${wrong} is not an IPv4 address`;
  return /^[\w.-]+$/.test(bare) ? undefined : `${wrong} is not a host's name or address`;
}

/** A name, an IPv4 address or an IPv6 address, which may be in brackets: without them. */
export function host(portKey: string): Reader<string> {
  return (text) => {
    const problem = hostProblem(text, portKey);
    if (problem !== undefined) throw new Error(problem);
    return withoutBrackets(text);
  };
}

/** An IPv6 address as it is, where it may be written in brackets. */
export function withoutBrackets(text: string): string {
  return /^\[(.*)\]$/.exec(text)?.[1] ?? text;
}

/** Whether only this machine can reach an address. */
export function isLoopback(address: string): boolean {
  if (isIPv4(address)) return address.startsWith('127.');
  return address === '::1' || address === 'localhost';
}
