import type { Worker } from '../../../server/http/schemas/server.ts';

/** How people call a worker: by its machine and process; by its id where it says neither. */
export function workerName({ host, pid, id }: Pick<Worker, 'host' | 'pid' | 'id'>): string {
  return host === null ? id : `${host}:${pid ?? '?'}`;
}
