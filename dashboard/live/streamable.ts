/** What the server allows of one stream: topics, and bytes of them in the address. */
const MOST_TOPICS = 16;
const MOST_LENGTH = 4000;

/** Which of these topics one stream can have; at first those that it has already. */
export function streamable(topics: readonly string[], before: readonly string[]): string[] {
  const kept = before.filter((topic) => topics.includes(topic));
  const chosen: string[] = [];
  let length = 0;
  for (const topic of new Set([...kept, ...topics])) {
    length += topic.length + 1;
    if (chosen.length === MOST_TOPICS || length > MOST_LENGTH) break;
    chosen.push(topic);
  }
  return chosen;
}
