import { expect } from 'vitest';
import { readBlocks } from '../helpers/pages.ts';
import type { TextClient } from '../helpers/text-client.ts';

export const PAGE = 'docs/flow-control.md';
export const blocks = readBlocks(PAGE);

/** The script in a language that stands below a heading. */
export function scriptBelow(heading: string, language: string): string {
  return blocks.find((block) => block.heading === heading && block.language === language)!.text;
}

/** What the page has an application enqueue is there, with all that was asked for. */
export async function expectEnqueued(client: TextClient, payload: string): Promise<void> {
  expect(JSON.parse((await client.getText('accounts/id=order-17'))!)).toMatchObject({
    state: 'waiting',
    group: 'anna',
    max_attempts: 3,
    backoff: 'fixed:60',
  });
  expect(await client.getText('accounts')).toBe(payload);
}

/** Runs the job that the page's request waits for. */
export async function answerRequest(client: TextClient, payload: string): Promise<void> {
  expect(await client.getText('thumbnails/open/t=60000')).toBe(payload);
  await client.set('thumbnails/close', 'cat-small.png');
}
