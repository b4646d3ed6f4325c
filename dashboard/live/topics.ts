import type { ActionList, ErrorGroupList } from '../../server/http/schemas/actions.ts';
import type { MessageList } from '../../server/http/schemas/messages.ts';
import type { QueueDetail, QueueList } from '../../server/http/schemas/queues.ts';
import type { Overview, ScheduleList, WorkerList } from '../../server/http/schemas/server.ts';

/** What can be followed, besides single queues, and what its events have. Of lists it is their first page. */
export interface Topics {
  readonly overview: Overview;
  readonly queues: QueueList;
  readonly running: MessageList;
  readonly workers: WorkerList;
  readonly schedule: ScheduleList;
  readonly actions: ActionList;
  readonly failed: ErrorGroupList;
}

/** A topic; of a queue it has the key: `queue:mail`. */
export type TopicName = keyof Topics | `queue:${string}`;

/** What the events of a topic have. A queue that does not exist is null. */
export type TopicData<T extends TopicName> = T extends keyof Topics ? Topics[T] : QueueDetail | null;

const PATHS: Readonly<Record<string, string>> = { failed: '/failed/groups' };
const QUEUE = 'queue:';

/** Where the API has the same, below `/api/v1`. */
export function topicPath(name: string): string {
  if (name.startsWith(QUEUE)) return `/queues/${name.slice(QUEUE.length)}`;
  return PATHS[name] ?? `/${name}`;
}
