/** Where a server is, how to log in, and how long to wait for it. */
export type ServerAddress = (TcpAddress | SocketAddress) & Access;

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
  /** Undefined where the server is spoken to as it is. */
  readonly tls?: TlsSettings | undefined;
}

/** A unix socket, on this machine. */
export interface SocketAddress {
  readonly path: string;
}

interface Access {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** How long an answer may take, in milliseconds, beyond what a request asks the server to wait. */
  readonly timeoutMs: number;
  /** What errors call these settings; without it as config.ini does. */
  readonly names?: SettingNames;
}

/** How TLS is spoken. Certificates and the key are PEM. */
export interface TlsSettings {
  /** The authorities one of which has to have signed the server's certificate; undefined: those that Node.js knows. */
  readonly ca?: string | undefined;
  /** What the server is shown, where it wants a certificate of its clients; and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name or address for which the server's certificate has to be; undefined: the host. */
  readonly servername?: string | undefined;
}

/** What people set to change an address. */
export interface SettingNames {
  readonly host: string;
  readonly path: string;
  readonly tlsOn: string;
  readonly tlsOff: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly servername: string;
}

export const CONFIG_NAMES: SettingNames = {
  host: 'queueip',
  path: 'queuesocket',
  tlsOn: 'tls = on',
  tlsOff: 'tls = off',
  ca: 'tls_ca',
  cert: 'tls_cert',
  key: 'tls_key',
  servername: 'tls_servername',
};

/** `host:port` or the path, for people. */
export function addressText(address: TcpAddress | SocketAddress): string {
  if ('path' in address) return address.path;
  const { host, port } = address;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The settings for TLS; undefined where it is not spoken. */
export function tlsOf(address: TcpAddress | SocketAddress): TlsSettings | undefined {
  return 'path' in address ? undefined : address.tls;
}

/** The same with another place, in all else as it is: TLS, too, unless one of the two is a unix socket. */
export function moved(address: ServerAddress, place: TcpAddress | SocketAddress): ServerAddress {
  const { username, password, timeoutMs, names } = address;
  const access = { username, password, timeoutMs, ...(names && { names }) };
  return 'path' in place ? { ...place, ...access } : { ...place, tls: tlsOf(address), ...access };
}
