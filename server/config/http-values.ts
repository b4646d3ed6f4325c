import { isIP } from 'node:net';
import { host } from '../../shared/host.ts';

/** Those that a text names, with commas between. */
function listed(text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.includes('')) throw new Error(`"${text}" has a name that is empty`);
  return words;
}

/** Names of hosts, in lower case. */
export function hostNames(text: string, directory: string): readonly string[] {
  return listed(text).map((name) => host('http')(name, directory).toLowerCase());
}

/** Addresses, and `unix` for whoever comes by a unix socket. */
export function peerAddresses(text: string): readonly string[] {
  const addresses = listed(text);
  const wrong = addresses.find((each) => each !== 'unix' && isIP(each) === 0);
  if (wrong !== undefined) throw new Error(`"${wrong}" is neither an IP address nor unix`);
  return addresses;
}

/** In lower case, as node has them (RFC 9110, section 5.6.2). */
export function headerName(text: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(text)) throw new Error(`"${text}" is no name of a header`);
  return text.toLowerCase();
}

/** '' for the root, else with a slash in front and none at the end. */
export function basePath(text: string): string {
  const bare = text.replace(/\/$/, '');
  if (!/^(?:\/[\w.~-]+)*$/.test(bare) || /\/\.{1,2}(?:\/|$)/.test(bare))
    throw new Error(`"${text}" is no path such as /memq`);
  return bare;
}
