import { expect } from 'vitest';
import type { TextClient } from '../../helpers/text-client.ts';

/** The message number `index` of a queue. */
export function body(queue: string, index: number): string {
  return `${queue} ${index} `.padEnd(20 + ((index * 37) % 9000), '.');
}

/** The numbers of the first message that a server has of a queue, and of the one behind its last; all are as they were. */
export async function rangeOf(client: TextClient, queue: string): Promise<{ first: number; end: number }> {
  let first: number | undefined;
  let end = 0;
  for (;;) {
    const text = await client.getText(queue);
    if (text === undefined) return { first: first ?? 0, end };
    const index = Number(text.split(' ')[1]);
    expect(text).toBe(body(queue, index));
    if (first === undefined) first = index;
    else expect(index).toBe(end);
    end = index + 1;
  }
}
