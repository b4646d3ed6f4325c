import type { Ask } from './environment.ts';

/** Reads of a server's API; `api` is its address, up to `/api/v1`. */
export function readsOf(api: string): Ask {
  return async (path, { etag, signal }) => {
    const headers = etag === undefined ? undefined : { 'if-none-match': etag };
    const response = await fetch(api + path, { ...(headers && { headers }), signal });
    return {
      status: response.status,
      etag: response.headers.get('etag') ?? undefined,
      text: await response.text(),
    };
  };
}
