import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { commandsOf, runHere } from '../helpers/page-commands.ts';
import { SERVER_BINARY, startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';

const PAGE = 'docs/operations.md';

/** A directory for the paths of the page, with memq-server among its programs. */
function somewhere(): { directory: string; env: { PATH: string } } {
  const directory = mkdtempSync(join(tmpdir(), 'memq-operations-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'bin'));
  symlinkSync(SERVER_BINARY, join(directory, 'bin/memq-server'));
  return { directory, env: { PATH: `${join(directory, 'bin')}:${process.env.PATH}` } };
}

it('a backup is made and put back as the page says', async () => {
  const { directory, env } = somewhere();
  const data = join(directory, 'data');
  const here = { '/var/lib/memq': data, '/backup': directory, 'memq:memq': String(process.getuid?.()) };
  const commands = commandsOf(PAGE, 'Backup and restore');
  expect(commands).toHaveLength(7);
  const [backup, ...restore] = commands as [string, ...string[]];
  await using server = await startServer({ dataDir: data });
  {
    using client = await TextClient.connect(server.port);
    await client.set('mail', 'before');
    expect(await runHere(backup, here, env)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^1 message in 1 queue, 1 segment of \S+ MiB, are in \S+memq-2026-11-20\n$/,
      ),
    });
    expect(await client.getText('mail')).toBe('before');
    await client.set('mail', 'after');
  }
  for (const command of restore) {
    if (command === 'systemctl stop memq-server') expect(await server.stop()).toBe(0);
    else if (command === 'systemctl start memq-server') await server.start();
    else expect(await runHere(command, here, env), command).toMatchObject({ code: 0, stderr: '' });
  }
  using client = await TextClient.connect(server.port);
  expect(await client.getText('mail')).toBe('before');
  expect(await client.getText('mail')).toBeUndefined();
});

it('a message takes what the page says', async () => {
  await using server = await startServer();
  using client = await TextClient.connect(server.port);
  for (const size of [0, 100, 1000]) {
    await client.set('mail', 'x'.repeat(size));
    const { bytes } = Object.fromEntries(await client.stats());
    expect(Number(bytes)).toBe(Math.ceil((72 + size) / 8) * 8);
    await client.getText('mail');
  }
});
