import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { memqServer } from '../../helpers/command.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const SMALL = ['--segment-size', '64k'];

function body(index: number): string {
  return `${index} `.padEnd(1000, '.');
}

/** A data directory that a server has left, with 300 messages; `mail` has what `body` makes. */
async function make(dataDir: string): Promise<void> {
  await using server = await startServer({ args: SMALL, dataDir });
  using client = await TextClient.connect(server.port);
  for (let i = 0; i < 300; i++) await client.set('mail', body(i));
  await client.exchange('set other 0 0 1\r\nx\r\nset held/pause 0 0 0\r\n\r\n');
  await server.stop();
}

/** Overwrites a stretch of a segment's file; its path. */
function damage(directory: string, segment: number, from: number, to: number): string {
  const path = join(directory, `${String(segment).padStart(10, '0')}.journal`);
  const bytes = fs.readFileSync(path);
  bytes.fill(0xff, from, to);
  fs.writeFileSync(path, bytes);
  return path;
}

describe('salvage', () => {
  const left = fs.mkdtempSync(join(tmpdir(), 'memq-salvage-'));
  let root: string;
  let directory: string;

  beforeAll(() => make(left));
  afterAll(() => fs.rmSync(left, { recursive: true }));
  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), 'memq-salvage-'));
    directory = join(root, 'data');
    fs.cpSync(left, directory, { recursive: true });
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  it('is what a start that meets damage names, and copies the rest to where a server starts', async () => {
    const path = damage(directory, 2, 30_100, 33_000);
    const refused = await memqServer(['-p', '0', '-d', directory]);
    expect(refused.code).toBe(74);
    const words = new RegExp(`${path} is damaged at offset \\d+: .*"memq-server (salvage) (\\S+)" copies`);
    const [, ...command] = words.exec(refused.stderr) ?? [];

    const { code, stdout, stderr } = await memqServer(command);
    expect({ code, stderr }).toEqual({ code: 74, stderr: '' });
    const target = `${directory}.salvaged`;
    // The body of one was where the damage begins.
    const report =
      `^1 damaged place:\n  ${path}: nothing can be read from offset \\d+ to \\d+ .*\n\n` +
      'How many messages were stored there only is not known\n\n' +
      '1 message cannot be read:\n  message \\d+ of queue mail: .*\n\n' +
      `29\\d messages saved in ${target}\n.*\n  mail +29\\d .*\n  other +1 .*\n` +
      '\\d+ of them were stored before damaged places, .* they may come again\n$';
    expect(stdout).toMatch(new RegExp(report));

    await using server = await startServer({ args: SMALL, dataDir: target });
    using client = await TextClient.connect(server.port);
    const found: number[] = [];
    for (let text = await client.getText('mail'); text !== undefined; text = await client.getText('mail')) {
      const index = Number.parseInt(text, 10);
      expect(text).toBe(body(index));
      found.push(index);
    }
    expect(found.length).toBeGreaterThan(293);
    expect(found.length).toBeLessThan(300);
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect((await client.stats('queues')).get('held:paused')).toBe('yes');
  });

  it('names each message that it cannot have, also as JSON, and changes nothing where it reads', async () => {
    const path = damage(directory, 1, 5_000, 5_001);
    const before = fs.readFileSync(path);
    const target = join(root, 'target');
    const { code, stdout } = await memqServer(['salvage', directory, target, '--json']);
    expect(code).toBe(74);
    const { lost, damage: places, queues } = JSON.parse(stdout);
    expect(places).toEqual([]);
    expect(lost).toEqual([
      { path, offset: expect.any(Number), queue: 'mail', id: expect.any(Number), bytes: 1072 },
    ]);
    expect(queues).toContainEqual({ name: 'mail', messages: 299, bytes: 299 * 1072 });
    expect(fs.readFileSync(path).equals(before)).toBe(true);
    expect(fs.readdirSync(root).sort()).toEqual(['data', 'target']);
  });

  it('of what is sound ends with 0', async () => {
    const { code, stdout } = await memqServer(['salvage', directory]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^301 messages saved in .*\.salvaged\n(.*\n)*Nothing is damaged\n$/);
  });

  it('leaves a directory that a server has alone, with 75, and overwrites nothing, with 64', async () => {
    {
      await using server = await startServer({ args: SMALL, dataDir: directory });
      expect(await memqServer(['salvage', server.dataDir])).toEqual({
        code: 75,
        stdout: '',
        stderr: `memq-server: ${directory} is in use by a memq-server, which has to be stopped first\n`,
      });
    }
    const target = join(root, 'target');
    fs.mkdirSync(target);
    fs.writeFileSync(join(target, 'precious'), 'x');
    const result = await memqServer(['salvage', directory, target]);
    expect(result).toMatchObject({ code: 64, stderr: `memq-server: ${target} is there already\n` });
    expect(fs.readdirSync(target)).toEqual(['precious']);
  });
});
