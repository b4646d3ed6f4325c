interface List {
  readonly items: readonly { readonly key: string; readonly ref: string }[];
}

/** States of messages, those first of which there is most to see. */
const STATES = ['failed', 'reserved', 'delayed', 'ready', 'ended'];

/**
 * The paths of all pages that a server has, by what they are; of a queue and of a message where there is one. `queue`: the key
 * of the one that is looked at, else the one that has most failed messages.
 */
export async function pagePaths(url: string, queue?: string): Promise<Record<string, string>> {
  const list = async (path: string) => (await (await fetch(`${url}/api/v1${path}`)).json()) as List;
  const key = queue ?? (await list('/queues?sort=failed&limit=1')).items[0]?.key;
  const paths: Record<string, string> = {
    overview: '/',
    queues: '/queues',
    failed: '/failed',
    running: '/running',
    workers: '/workers',
    schedule: '/schedule',
    search: '/search',
    settings: '/settings',
  };
  if (key === undefined) return paths;
  paths.queue = `/queues/${key}`;
  for (const state of STATES) {
    const { items } = await list(`/queues/${key}/messages?state=${state}&limit=1`);
    if (items[0] !== undefined) return { ...paths, message: `/queues/${key}/messages/${items[0].ref}` };
  }
  return paths;
}
