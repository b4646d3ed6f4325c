import { isLoopback } from '../../shared/host.ts';
import { DEFAULT_HTTP, type HttpAddress } from './http-address.ts';

/** What decides whether HTTP is served, and to whom. */
interface HttpSettings {
  readonly http: HttpAddress | undefined;
  readonly httpAuthFile: string | undefined;
  readonly httpProxies: readonly string[] | undefined;
  readonly httpUserHeader: string | undefined;
  readonly httpTlsCert: string | undefined;
  readonly httpTlsKey: string | undefined;
  readonly authFile: string | undefined;
  readonly tlsCa: string | undefined;
  readonly unixSocket: string | undefined;
  readonly port: number | undefined;
}

/** Where HTTP is served. */
export type HttpPlace = Exclude<HttpAddress, 'none'>;

/** Where it is served by these settings; or why not, where nobody has said so. */
export function httpPlace(settings: HttpSettings): { place?: HttpPlace; whyNot?: string } {
  const { http = DEFAULT_HTTP } = settings;
  if (http === 'none') return {};
  if (settings.http !== undefined || settings.httpAuthFile !== undefined) return { place: http };
  const guard = guardOf(settings);
  if (guard === undefined) return { place: http };
  return {
    whyNot: `no HTTP, since ${guard}: name its users with --http-auth-file, or --http unix:PATH, or --http none`,
  };
}

/** What is wrong with these settings together, and which of them says so. */
export function httpMistakes(
  settings: HttpSettings,
): [field: keyof HttpSettings & `http${string}`, string][] {
  const { http, httpAuthFile, httpProxies, httpUserHeader, httpTlsCert, httpTlsKey } = settings;
  const found: ReturnType<typeof httpMistakes> = [];
  if (httpTlsCert !== undefined && httpTlsKey === undefined)
    found.push(['httpTlsCert', 'it needs http_tls_key (--http-tls-key) besides']);
  if (httpTlsKey !== undefined && httpTlsCert === undefined)
    found.push(['httpTlsKey', 'it needs http_tls_cert (--http-tls-cert) besides']);
  if (httpUserHeader !== undefined && httpProxies === undefined)
    found.push(['httpUserHeader', 'it needs http_proxy (--http-proxy): who else may say so?']);
  if (httpUserHeader !== undefined && httpAuthFile === undefined)
    found.push(['httpUserHeader', 'it needs http_auth_file (--http-auth-file), which says what each may do']);
  if (http === undefined || http === 'none' || 'path' in http || httpAuthFile !== undefined) return found;
  const guard = guardOf(settings);
  if (guard !== undefined)
    found.push(['http', `it needs http_auth_file (--http-auth-file), or to be unix:PATH, since ${guard}`]);
  else if (!isLoopback(http.host) && httpProxies === undefined)
    found.push([
      'http',
      `whoever reaches ${http.host} could do all: it needs http_auth_file (--http-auth-file), or http_proxy (--http-proxy)`,
    ]);
  return found;
}

/** What keeps strangers from the memcache side, which HTTP must not be a way around; undefined for nothing. */
function guardOf({ authFile, tlsCa, unixSocket, port }: HttpSettings): string | undefined {
  if (authFile !== undefined) return 'memcache clients have to log in';
  if (tlsCa !== undefined) return 'memcache clients have to show a certificate';
  return unixSocket !== undefined && port === undefined ? 'there is only a unix socket' : undefined;
}
