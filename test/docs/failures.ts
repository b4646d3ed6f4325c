import { type Block, readBlocks } from '../helpers/pages.ts';
import type { TextClient } from '../helpers/text-client.ts';

export const PAGE = 'docs/failures.md';
/** What a server is started with in which jobs fail as the page says. */
export const FLAGS = ['--backoff', 'none', '--max-attempts', '25'];

export const blocks: readonly Block[] = readBlocks(PAGE);

interface Snippet {
  readonly block: Block;
  /** What it prints; undefined where the page does not say. */
  readonly output: string | undefined;
}

/** The blocks of a language, but the first one, which all of them begin with. */
export function snippets(language: string): {
  readonly beginning: string;
  readonly rest: readonly Snippet[];
} {
  const all = blocks.flatMap((block, i): Snippet[] => {
    const next = blocks[i + 1];
    return block.language === language
      ? [{ block, output: next?.language === '' ? next.text : undefined }]
      : [];
  });
  return { beginning: all[0]!.block.text, rest: all.slice(1) };
}

/** The three jobs that have failed in all examples, with nothing besides. */
export async function arrange(client: TextClient): Promise<void> {
  for (const name of (await client.stats('queue')).keys()) await client.ask(`delete ${name}`);
  await fail(client, 'mail/id=invoice-7', "sendMail('anna')", 'TypeError: fetch failed', 25);
  await fail(client, 'mail/id=invoice-8', "sendMail('nobody')", 'Fail: no such address', 1);
  await fail(client, 'mail', 'evil()', 'method "evil" may not be called (allowed: sendMail)', 1);
}

/** Stores a job that fails so often, the last time for good. */
async function fail(
  client: TextClient,
  key: string,
  body: string,
  error: string,
  attempts: number,
): Promise<void> {
  await client.set(key, body);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await client.getText('mail/open');
    await client.set(attempt === attempts ? 'mail/fail/final' : 'mail/fail', error);
  }
}

/** The bodies of all failed messages, which are taken. */
export async function takeFailed(client: TextClient): Promise<string[]> {
  return client.drain('mail/failed');
}
