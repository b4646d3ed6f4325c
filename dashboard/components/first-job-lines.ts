/** Where memcache clients connect. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

export interface FirstJobLine {
  readonly key: 'shell' | 'php' | 'node';
  readonly text: string;
}

const QUEUE = 'mail';
const CALL = "sendMail('ann@example.org')";

/** How a first job gets into a queue, from a shell, PHP and Node. */
export function firstJobLines(endpoint: Endpoint): readonly FirstJobLine[] {
  return [
    { key: 'shell', text: shell(endpoint) },
    { key: 'php', text: php(endpoint) },
    { key: 'node', text: node(endpoint) },
  ];
}

/** The address that a browser can tell others: a server that listens on all addresses is where its pages come from. */
export function reachable({ host, port }: { host: string; port: number }, pageHost: string) {
  const isAny = host === '0.0.0.0' || host === '::' || host === '';
  return { host: isAny ? pageHost.replace(/^\[|\]$/g, '') : host, port };
}

function shell(endpoint: Endpoint): string {
  const where = 'path' in endpoint ? `-U ${quoted(endpoint.path)}` : `${endpoint.host} ${endpoint.port}`;
  return `printf "set ${QUEUE} 0 0 ${CALL.length}\\r\\n${CALL}\\r\\nquit\\r\\n" | nc ${where}`;
}

function php(endpoint: Endpoint): string {
  const [host, port] = 'path' in endpoint ? [endpoint.path, 0] : [endpoint.host, endpoint.port];
  return `$memcached = new Memcached();
$memcached->addServer(${inQuotes(host)}, ${port});
$memcached->set('${QUEUE}', "${CALL}");`;
}

function node(endpoint: Endpoint): string {
  const where =
    'path' in endpoint
      ? `{ path: ${inQuotes(endpoint.path)} }`
      : `{ host: ${inQuotes(endpoint.host)}, port: ${endpoint.port} }`;
  return `import { connect } from 'memq';
const queue = connect(${where});
await queue.enqueue('${QUEUE}', 'sendMail', ['ann@example.org']);
queue.close();`;
}

function inQuotes(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
