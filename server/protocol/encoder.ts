import type { Key } from './key.ts';
import type { Problem } from './problem.ts';
import type { Reply, Status, Value } from './reply.ts';
import type { Request } from './request.ts';

/** Replies in, bytes out, for one protocol. Whether there is a reply at all is decided here, too. */
export interface Encoder {
  /** `cas`: of the message that was stored; 0 where it is not known. */
  status(request: Request, status: Status, cas?: number): Reply;
  problem(request: Request, problem: Problem): Reply;
  /** One message; `end` follows. */
  value(request: Request, key: Key, value: Value): Reply;
  /** A key of a read that had nothing; `end` follows. */
  miss(request: Request, key: Key): Reply;
  /** Behind all values and misses of one read. */
  end(request: Request): string;
  version(request: Request, version: string): Reply;
  noop(request: Request): Reply;
  quit(request: Request): Reply;
  /** One statistic; `statsEnd` follows. */
  stat(request: Request, name: string, value: string): string;
  statsEnd(request: Request): string;
  statsReset(request: Request): Reply;
  saslMechanisms(request: Request, mechanisms: string): Reply;
  authenticated(request: Request): Reply;
}
