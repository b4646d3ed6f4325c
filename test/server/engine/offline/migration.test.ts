import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectorySource } from '../../../../server/engine/offline/directory-source.ts';
import { DirectoryTarget } from '../../../../server/engine/offline/directory-target.ts';
import { migrate } from '../../../../server/engine/offline/migration.ts';
import { readerDisk } from '../../../../server/engine/offline/reader-disk.ts';
import { DamagedError } from '../../../../shared/errors.ts';
import { body, TestEngine } from '../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../helpers/memory-disk.ts';

const SEGMENT = 64 * 1024;

function contentsOf(disk: MemoryDisk): Record<string, string> {
  return Object.fromEntries(disk.files().map((name) => [name, disk.contents(name).toString('latin1')]));
}

/** Flips a bit of a body, wherever it is. */
function damage(disk: MemoryDisk, text: string): void {
  for (const name of disk.segments()) {
    const bytes = disk.contents(name);
    const at = bytes.indexOf(text);
    if (at >= 0) bytes[at + 1]! ^= 1;
  }
}

/** That all that lives is the same there and back is shown by test/model/migrated.test.ts. */
describe('a migration', () => {
  let root: string;

  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), 'memq-migration-'));
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true });
  });

  /** A disk with messages of some segments, and nobody who serves from it. */
  async function filled(): Promise<MemoryDisk> {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    for (let i = 0; i < 200; i++) await engine.enqueue('mail', body(i));
    for (let i = 0; i < 100; i++) await engine.take('mail');
    await engine.enqueue('jobs', 'j', { jobId: 'k' });
    await engine.pause('held');
    await engine.close();
    return disk;
  }

  it('leaves the source as it was, and says how far it is and what it has written', async () => {
    const disk = await filled();
    const before = contentsOf(disk);
    const source = new DirectorySource(disk, '/data');
    const target = new DirectoryTarget(join(root, 'new'), SEGMENT, Date.now);
    const seen: string[] = [];
    const report = await migrate(source, target, (written, all) => seen.push(`${written} of ${all}`));
    source.close();
    expect(report).toMatchObject({ messages: 101, queues: 3, statuses: 0 });
    expect(seen).toHaveLength(101);
    expect(seen.at(-1)).toBe('101 of 101');
    expect(contentsOf(disk)).toEqual(before);
    const again = new DirectorySource(readerDisk, join(root, 'new'));
    expect(again.state.messageCount).toBe(101);
    expect(again.state.nextId).toBe(source.state.nextId);
    again.close();
  });

  it('of a message that cannot be read fails, and leaves nothing behind', async () => {
    const disk = await filled();
    damage(disk, body(150));
    const source = new DirectorySource(disk, '/data');
    const target = new DirectoryTarget(join(root, 'new'), SEGMENT, Date.now);
    await expect(migrate(source, target)).rejects.toThrow(DamagedError);
    source.close();
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('of a damaged log does not begin', async () => {
    const disk = await filled();
    disk.truncate('0000000002.journal', 100);
    expect(() => new DirectorySource(disk, '/data')).toThrow(DamagedError);
  });
});
