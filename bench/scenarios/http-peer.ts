import { memqDurable } from '../peers/memq.ts';
import type { Peer } from '../peers/peer.ts';

/** memq-server that serves HTTP there: `HOST:PORT`, or `none`. */
export function memqWithHttp(address: string): Peer {
  return {
    ...memqDurable,
    name: `${memqDurable.name} --http ${address}`,
    args: (port, dataDir) => [...memqDurable.args(port, dataDir), '--http', address],
  };
}

/** What a request takes, milliseconds, and its answer. Throws where it is refused. */
export async function timed(
  url: string,
  path: string,
  init: RequestInit = {},
): Promise<[ms: number, text: string]> {
  const start = performance.now();
  const answer = await fetch(url + path, {
    ...init,
    headers: { 'accept-encoding': 'identity', ...init.headers },
  });
  const text = await answer.text();
  const ms = performance.now() - start;
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${text}`);
  return [ms, text];
}
