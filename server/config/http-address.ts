import { host } from '../../shared/host.ts';
import { integer } from '../../shared/value-readers.ts';

/** Where HTTP is served. */
export type HttpAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string }
  | 'none';

/** Where it is served unless somebody says otherwise. */
export const DEFAULT_HTTP = { host: '127.0.0.1', port: 22_202 };

/** `HOST:PORT`, `PORT`, `unix:PATH` or `none`; port 0 is any free one. */
export function httpAddress(text: string, directory: string): HttpAddress {
  if (text === 'none') return text;
  const [, path] = /^unix:(.+)$/.exec(text) ?? [];
  if (path !== undefined) return { path };
  const [, name = DEFAULT_HTTP.host, port = ''] = /^(?:(.*):)?([^:]+)$/.exec(text) ?? [];
  return {
    host: host('http')(name.replace(/^\[(.*)\]$/, '$1'), directory),
    port: integer(0, 65_535)(port, directory),
  };
}
