import { expect, it } from 'vitest';
import { nodeFileSystem } from '../../server/engine/log/local/node-file-system.ts';
import { TestEngine } from '../helpers/local-engine.ts';
import { MemoryDisk } from '../helpers/memory-disk.ts';
import { startServer } from '../helpers/server.ts';

const HOUR = 3_600_000;

it.each([
  ['two hours ahead of the clock', 'the newest record is from the future', 2 * HOUR],
  ['two hours behind the clock', 'the newest record is old', -2 * HOUR],
  ['half an hour ahead of the clock', undefined, HOUR / 2],
  ['of just now', undefined, 0],
])('a start with a newest record %s warns: %s', async (_, text, ms) => {
  await using server = await startServer();
  await server.stop();
  const clock = () => Date.now() + ms;
  const options = { fileSystem: nodeFileSystem, directory: server.dataDir, clock };
  const engine = await TestEngine.open(new MemoryDisk(), options);
  await engine.enqueue('q', 'job');
  await engine.close();
  await server.start();
  const warnings = server.log.filter(({ level }) => level === 40).map(({ msg }) => String(msg));
  expect(warnings).toEqual(text === undefined ? [] : [expect.stringContaining(text)]);
});
