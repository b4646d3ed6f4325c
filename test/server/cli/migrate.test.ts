import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { withOwnServer } from '../../fixtures/server.ts';
import { memqServer } from '../../helpers/command.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** Nobody is there. */
const URL = 'postgres://memq:secret@127.0.0.1:1/memq';

const it = withOwnServer();

describe('migrate', () => {
  let root: string;

  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), 'memq-migrate-'));
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true });
  });

  it('refuses what it cannot understand, with 64', async () => {
    for (const [args, why] of [
      [['--from', root], "option '--to <place>' not specified"],
      [['--from', root, '--to', join(root, 'other')], 'one has to be a data directory'],
      [['--from', URL, '--to', URL], 'one has to be a data directory'],
      [['--from', root, '--to', 'postgres://'], '--to: it is not postgres://'],
      [['--from', root, '--to', URL, '--cluster', 'A B'], 'is not a name of 1 to 40 of a-z, 0-9 and _'],
      [['--from', join(root, 'none'), '--to', URL], 'cannot be read'],
      [['--from', root, '--to', URL], 'has no log of messages'],
    ] as const) {
      const { code, stdout, stderr } = await memqServer(['migrate', ...args]);
      expect({ code, stdout }, stderr).toEqual({ code: 64, stdout: '' });
      expect(stderr).toContain(why);
    }
  });

  it('needs the servers of the directory to be stopped, and changes nothing: 75', async ({ server }) => {
    using client = await TextClient.connect(server.port);
    await client.set('q', 'a');
    const { code, stderr } = await memqServer(['migrate', '--from', server.dataDir, '--to', URL]);
    expect(code).toBe(75);
    expect(stderr).toContain(`${server.dataDir} is in use by a memq-server, which has to be stopped first`);
    expect(await client.getText('q')).toBe('a');
  });

  it('says that the database is away, without its password: 69', async ({ server }) => {
    await server.stop();
    const { code, stdout, stderr } = await memqServer(['migrate', '--from', server.dataDir, '--to', URL]);
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toContain('127.0.0.1:1');
    expect(stderr).not.toContain('secret');
  });
});
