import { hostProblem, withoutBrackets } from '../../shared/host.ts';
import { integer, type Reader } from '../../shared/value-readers.ts';

/** A host and a port. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** Names that need no quotes anywhere. */
const PLAIN_NAME = /^[a-z0-9_]{1,40}$/;

/** Of a URL whose parts can be told apart, so that a password is never taken for another part. */
const SHAPE = /^postgres(?:ql)?:\/\/(?:[^@/?#]*@)?[^@/?#]+(?:\/[^@/?#]*)?(?:\?[^#]*)?$/;

/** Of a cluster, or of a schema. */
export const plainName: Reader<string> = (text) => {
  if (PLAIN_NAME.test(text)) return text;
  throw new Error(`${JSON.stringify(text)} is not a name of 1 to 40 of a-z, 0-9 and _`);
};

/** `HOST:PORT`, as others write it down to connect there. */
export const peerAddress: Reader<PeerAddress> = (text, directory) => {
  const [, name = '', port = ''] = /^(.*):([^:]*)$/.exec(text) ?? [];
  if (port === '') throw new Error(`${JSON.stringify(text)} is not HOST:PORT`);
  const problem = hostProblem(name, 'it');
  if (problem !== undefined) throw new Error(problem);
  const host = withoutBrackets(name);
  if (isWildcard(host)) throw new Error(`nobody can connect to ${host}: name an address of this machine`);
  return { host, port: integer(1, 65_535)(port, directory) };
};

/**
 * `postgres://USER@HOST[:PORT][,HOST[:PORT]...]/DATABASE`; what stands in it is read by whoever connects. It may have a
 * password in it, so no error shows it.
 */
export const databaseUrl: Reader<string> = (text) => {
  if (!/^postgres(?:ql)?:\/\//.test(text))
    throw new Error('it does not begin with postgres://: write postgres://USER@HOST[,HOST...]/DATABASE');
  if (!SHAPE.test(text))
    throw new Error(
      'it is not postgres://USER@HOST[,HOST...]/DATABASE; in a user or a password / @ ? # are written %2F %40 %3F %23',
    );
  return text;
};

/** The same without the password, for people. */
export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:@/]*):[^@/]*@/, '$1@').replace(/([?&](?:ssl)?password=)[^&]*/g, '$1...');
}

/** Whether a password stands in a URL. */
export function hasPassword(url: string): boolean {
  return withoutPassword(url) !== url;
}

/** Whether who listens there listens on all addresses of the machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}
