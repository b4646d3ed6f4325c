import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Block, readBlocks } from './pages.ts';
import { startServer } from './server.ts';
import { type Example, runExample } from './wire-example.ts';

/** Runs an example that says what its server is started with; `memq.ini` is the configuration that its page shows last before it. */
export async function runOnOwnServer(example: Example, page: string, block: Block): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'memq-example-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const config = readBlocks(page).findLast(({ language, line }) => language === 'ini' && line < block.line);
  writeFileSync(join(directory, 'memq.ini'), config?.text ?? '');
  writeFileSync(join(directory, 'users'), 'ann:secret\n');
  const isFile = (word: string) => word === 'memq.ini' || word === 'users';
  const args = (example.args ?? []).map((word) => (isFile(word) ? join(directory, word) : word));
  await using server = await startServer({ args });
  await runExample(example, server.port);
}
