import type {
  Accepted,
  Action,
  ActionDone,
  ActionList,
  ActionRequest,
  DryRun,
  ErrorGroupList,
} from '../../server/http/schemas/actions.ts';
import type {
  Enqueue,
  Enqueued,
  Job,
  MessageDetail,
  MessageList,
} from '../../server/http/schemas/messages.ts';
import type { Expect, History, MoveQueue, QueueDetail, QueueList } from '../../server/http/schemas/queues.ts';
import type {
  AuditList,
  ConnectionList,
  Overview,
  ScheduleList,
  ServerInfo,
  Settings,
  WorkerList,
} from '../../server/http/schemas/server.ts';

/** What the pages read, by its path below `/api/v1`. A test compares this with the server's own document. */
export interface Reads {
  '/server': ServerInfo;
  '/overview': Overview;
  '/history': History;
  '/settings': Settings;
  '/audit': AuditList;
  '/queues': QueueList;
  '/queues/{q}': QueueDetail;
  '/queues/{q}/history': History;
  '/queues/{q}/messages': MessageList;
  '/queues/{q}/messages/{ref}': MessageDetail;
  '/queues/{q}/jobs/{id}': Job;
  '/failed/groups': ErrorGroupList;
  '/failed': MessageList;
  '/actions': ActionList;
  '/actions/{id}': Action;
  '/running': MessageList;
  '/workers': WorkerList;
  '/connections': ConnectionList;
  '/schedule': ScheduleList;
  '/search': MessageList;
}

/** What the pages do: what is sent, and what is answered. */
export interface Changes {
  'PUT /queues/{q}/pause': [body: undefined, answer: undefined];
  'DELETE /queues/{q}/pause': [body: undefined, answer: undefined];
  'POST /queues/{q}/purge': [body: Expect, answer: Accepted];
  'POST /queues/{q}/move': [body: MoveQueue, answer: Accepted];
  'DELETE /queues/{q}': [body: undefined, answer: Accepted];
  'POST /queues/{q}/messages': [body: Enqueue, answer: Enqueued];
  'DELETE /queues/{q}/jobs/{id}': [body: undefined, answer: undefined];
  'POST /actions': [body: ActionRequest, answer: Accepted | ActionDone | DryRun];
  'DELETE /actions/{id}': [body: undefined, answer: undefined];
  'POST /workers/{id}/quiet': [body: undefined, answer: undefined];
  'POST /workers/{id}/stop': [body: undefined, answer: undefined];
  'POST /schedule/{name}/run': [body: undefined, answer: undefined];
  'PUT /schedule/{name}/disabled': [body: undefined, answer: undefined];
  'DELETE /schedule/{name}/disabled': [body: undefined, answer: undefined];
}
