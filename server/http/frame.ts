import type { Logger } from '../../shared/logger.ts';
import type { TlsFiles } from '../net/certificates.ts';
import type { AuditLog } from './audit.ts';
import type { Health } from './context.ts';
import type { HttpUsers } from './users.ts';

/** What decides which requests are answered at all, and where: to be read anew at each use. */
export interface HttpFrame {
  /** Undefined where nobody has to log in. */
  readonly users: HttpUsers | undefined;
  /** Names of this server, in lower case, besides localhost. */
  readonly hosts: readonly string[];
  /** Addresses of proxies that are trusted; `unix` for whoever comes by the unix socket. */
  readonly proxies: readonly string[];
  /** In which header these say who has logged in, in lower case. */
  readonly userHeader: string | undefined;
  /** Whether only these and this machine are let in. */
  readonly onlyProxies: boolean;
  readonly isReadonly: boolean;
  readonly basePath: string;
  readonly maxItemSize: number;
  readonly maxConnections: number;
  /** Whether HTTP is served on a unix socket, whose clients have no address. */
  readonly isUnix: boolean;
  readonly unixMode: number;
  readonly tls: TlsFiles | undefined;
  readonly health: () => Health;
  /** What else is to be known of how it is, a line each. */
  readonly healthNotes: () => readonly string[];
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
  readonly audit: AuditLog;
  readonly logger: Logger;
  /** Tells of a login that was refused. */
  readonly refused: (address: string) => void;
}
