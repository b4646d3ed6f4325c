import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createProgram } from '../../cli/program.ts';
import { MEMQ_BINARY } from '../helpers/memq.ts';
import { runHere } from '../helpers/page-commands.ts';
import { readBlocks, readPage } from '../helpers/pages.ts';
import { startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { asShown, readSteps } from './shown.ts';

const PAGE = 'docs/memq.md';
const CONFIG = `
max_attempts = 1
[schedule]
monthly = 0 3 1 * *   reports   report.month()
`;

const blocks = readBlocks(PAGE).filter(({ language }) => language === 'console');
const commands = blocks.flatMap(readSteps).map(({ command }) => command);
const verbs = createProgram()
  .commands.map((each) => each.name())
  .filter((name) => name !== 'complete');

it.each(verbs)('shows %s', (verb) => {
  // It never ends by itself.
  if (verb === 'top') expect(readPage(PAGE)).toContain('`memq top`');
  else expect(commands.some((command) => command.includes(`memq ${verb}`))).toBe(true);
});

/** Columns are as wide as what is in them. */
const oneBlank = (text: string): string => text.replace(/ +/g, ' ').replace(/ +$/gm, '');

/** A shell in which `memq` is this one, on a terminal; in a pipe it is in a pipe. */
function shell(url: string): (command: string) => Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'memq-page-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'bin'));
  const program = join(directory, 'bin/memq');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${MEMQ_BINARY}" "$@"\n`);
  chmodSync(program, 0o755);
  const env = { PATH: `${join(directory, 'bin')}:${process.env.PATH}`, MEMQ_URL: url, NO_COLOR: '1' };
  return async (command) => {
    const file = join(directory, 'command');
    writeFileSync(file, `${command}\n`);
    const { stdout, stderr, code } = await runHere(
      `script -qec 'stty cols 200; . ${file}' /dev/null`,
      {},
      env,
    );
    expect({ command, code, stderr, stdout }).toEqual({ command, code: 0, stderr: '', stdout });
    return stdout.replaceAll('\r', '');
  };
}

it('prints what the page shows', async () => {
  await using server = await startServer({ http: true, args: ['--memory'], config: CONFIG });
  using worker = await TextClient.connect(server.port);
  const about = {
    worker: 'w1a2b3c4d5',
    host: 'web1',
    pid: 4711,
    role: 'parent',
    queues: ['mail'],
    concurrency: 4,
  };
  await worker.set('$client', JSON.stringify(about));
  for (const number of [1, 2]) {
    await worker.set('import', `load(${number})`);
    await worker.getText('import/open');
    await worker.set('import/fail', `no such file: ${number}.csv`);
  }
  await worker.set('mail/id=hello', "greet('a')");
  await worker.set('mail', "greet('b')");
  await worker.set('reports', 'report.month()');
  const run = shell(server.url);
  for (const block of blocks) {
    if (block.heading === 'Who works') await worker.getText('reports/open');
    if (block.heading === 'In scripts') await worker.set('reports/close', '');
    for (const { command, shown } of readSteps(block))
      expect(oneBlank(await run(command)), command).toMatch(asShown(oneBlank(shown)));
  }
});
