import type { AuditEntry } from '../../../server/http/schemas/server.ts';
import { queueNameOf } from '../../api/queue-key.ts';

/** What was done, by the method and the route of a request behind `/api/v1`. */
const ACTIONS = {
  'PUT /queues/:q/pause': 'pause',
  'DELETE /queues/:q/pause': 'resume',
  'POST /queues/:q/purge': 'purge',
  'POST /queues/:q/move': 'move',
  'DELETE /queues/:q': 'delete',
  'DELETE /queues/:q/jobs/:id': 'cancel',
  'POST /actions': 'act',
  'DELETE /actions/:id': 'abort',
  'POST /workers/:id/quiet': 'quiet',
  'POST /workers/:id/stop': 'stop',
  'POST /schedule/:name/run': 'run',
  'PUT /schedule/:name/disabled': 'disable',
  'DELETE /schedule/:name/disabled': 'enable',
} as const;

export type AuditAction = (typeof ACTIONS)[keyof typeof ACTIONS];

/** What was done; undefined where these pages have no word for it. */
export function actionOf({ action }: Pick<AuditEntry, 'action'>): AuditAction | undefined {
  const [method, route = ''] = action.split(' ');
  const known = `${method} ${route.replace(/^.*?\/api\/v1(?=\/)/, '')}`;
  return Object.hasOwn(ACTIONS, known) ? ACTIONS[known as keyof typeof ACTIONS] : undefined;
}

/** To what something was done. */
export interface AuditTarget {
  readonly kind: 'queue' | 'worker' | 'schedule' | 'other';
  /** As it stands in a path, decoded. */
  readonly key: string;
  /** As it is called. */
  readonly name: string;
  /** Of a queue, the id of a job in it. */
  readonly job?: string;
}

/** To what something was done, by the path of the request. */
export function targetOf({ target }: Pick<AuditEntry, 'target'>): AuditTarget {
  const [, place, text, job] =
    /\/api\/v1\/(queues|workers|schedule)\/([^/]+)(?:\/jobs\/([^/]+))?/.exec(target) ?? [];
  if (place === undefined || text === undefined) return { kind: 'other', key: target, name: target };
  const key = decoded(text);
  if (place === 'workers') return { kind: 'worker', key, name: key };
  const named = { key, name: queueNameOf(key) };
  if (place === 'schedule') return { kind: 'schedule', ...named };
  return { kind: 'queue', ...named, ...(job !== undefined && { job: decoded(job) }) };
}

export type AuditOutcome =
  | 'done'
  | 'begun'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'busy'
  | 'invalid'
  | 'failed';

/** What became of it. */
export function outcomeOf({ status }: Pick<AuditEntry, 'status'>): AuditOutcome {
  if (status === 202) return 'begun';
  if (status < 400) return 'done';
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404) return 'missing';
  if (status === 409) return 'conflict';
  if (status === 429 || status === 503) return 'busy';
  return status < 500 ? 'invalid' : 'failed';
}

/** Who sent the request may have written anything there. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
