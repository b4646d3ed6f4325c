/** The path below which the server has all of its own: '' or `/memq`, without a slash at its end. */
export const base: string = new URL(document.baseURI).pathname.replace(/\/+$/, '');

/** The address of a page: of `/queues` also where the server is found below another path. */
export function href(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  return `${base}${path}${queryText(query)}`;
}

/** '' where nothing is asked for, else `?a=b&c=d`; what is undefined or '' is left out. */
export function queryText(query: Readonly<Record<string, string | number | undefined>>): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') said.set(name, String(value));
  }
  const text = said.toString();
  return text === '' ? '' : `?${text}`;
}

/** Where a queue's page is. */
export function queueHref(key: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  return href(`/queues/${key}`, query);
}

/** Where an error is looked at: the failed messages of a queue that are of this group. */
export function errorHref(key: string, group: string): string {
  return href('/failed', { queue: key, error: group });
}

/** Where a worker is looked at. */
export function workerHref(id: string): string {
  return href('/workers', { worker: id });
}

/** Where a message's page is. */
export function messageHref(key: string, ref: string): string {
  return href(`/queues/${key}/messages/${ref}`);
}
