import { nameOfKey, queueKey } from '../names.ts';

/** What can be followed, and where the API has the same. */
const PATHS: Readonly<Record<string, string>> = {
  overview: '/overview',
  queues: '/queues',
  running: '/running',
  workers: '/workers',
  schedule: '/schedule',
  actions: '/actions',
  failed: '/failed/groups',
};
const QUEUE = 'queue:';

/** Of all of them, as the router has them. */
export const TOPIC_PATHS: readonly string[] = [...Object.values(PATHS), '/queues/:q'];

/** Something that is followed: its event is what its path answers. */
export interface TopicName {
  readonly name: string;
  readonly path: string;
}

/** Undefined where there is no such topic. A queue is named by its key or its name, and its event by the key. */
export function topicOf(text: string): TopicName | undefined {
  if (text.startsWith(QUEUE) && text.length > QUEUE.length) {
    const key = queueKey(nameOfKey(text.slice(QUEUE.length)));
    return { name: QUEUE + key, path: `/queues/${key}` };
  }
  const path = Object.hasOwn(PATHS, text) ? PATHS[text] : undefined;
  return path === undefined ? undefined : { name: text, path };
}
