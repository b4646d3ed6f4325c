import type { Message } from '../../../server/http/schemas/messages.ts';

export interface AttemptCount {
  readonly attempts: number;
  readonly messages: number;
}

/** How many messages have had so many attempts, the fewest first. */
export function byAttempts(messages: readonly Pick<Message, 'attempts'>[]): AttemptCount[] {
  const counts = new Map<number, number>();
  for (const { attempts } of messages) counts.set(attempts, (counts.get(attempts) ?? 0) + 1);
  return [...counts]
    .map(([attempts, messages]) => ({ attempts, messages }))
    .sort((a, b) => a.attempts - b.attempts);
}
