import { join } from 'node:path';
import { expect, it } from 'vitest';
import { memqServer } from '../../helpers/command.ts';
import { startServer } from '../../helpers/server.ts';
import { SmallDisk } from '../../helpers/small-disk.ts';
import { TextClient } from '../../helpers/text-client.ts';

const disk = await SmallDisk.mount('4m');
if (disk === undefined)
  console.warn('memq-server --check saw no full disk: no file system can be mounted here');

it.runIf(disk !== undefined)('--check ends with 75 while the disk is full', async () => {
  await using own = disk as SmallDisk;
  await using server = await startServer({ dataDir: join(own.path, 'data'), prefix: own.prefix });
  using client = await TextClient.connect(server.port);
  while ((await client.set('q', 'x'.repeat(10_000))) === 'STORED');
  const check = () => memqServer(['--check', '-p', String(server.port)]);
  expect(await check()).toMatchObject({
    code: 75,
    stdout: '',
    stderr: expect.stringMatching(/^memq-server: memq-server .* cannot store much more: the disk is full/),
  });
  await client.ask('flush q');
  while ((await client.set('q', 'x')) !== 'STORED');
  expect(await check()).toMatchObject({ code: 0 });
});
