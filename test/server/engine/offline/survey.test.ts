import { describe, expect, it } from 'vitest';
import type { FileSystem, JournalFile } from '../../../../server/engine/log/local/file-system.ts';
import { Survey } from '../../../../server/engine/offline/survey.ts';
import { body, TestEngine } from '../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../helpers/memory-disk.ts';

/** A little more than what is left of a segment of 64 KiB, so that the log has gone on in the next one. */
const MESSAGES = 70;

/** What a reader has seen when somebody writes meanwhile: after so many of its calls the disk is the next one. */
function disksInTurn(disks: readonly MemoryDisk[], turns: readonly number[]): FileSystem & { calls: number } {
  const seen = {
    calls: 0,
    list: (directory: string) => now().list(directory),
    open: (path: string): JournalFile => {
      now().open(path, false).close();
      const file = () => now().open(path, false);
      return {
        read: (into, position) => file().read(into, position),
        size: () => file().size(),
        identity: () => 0,
        close() {},
      } as JournalFile;
    },
  };
  function now(): MemoryDisk {
    const call = seen.calls++;
    return disks[turns.filter((turn) => turn <= call).length] as MemoryDisk;
  }
  return seen as unknown as FileSystem & { calls: number };
}

describe('a look at a log that a server writes to', () => {
  it('finds all that was there when it began, and no damage, whenever the log goes on in other segments', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    const disks: MemoryDisk[] = [];
    let count = 0;
    for (let i = 0; i < 3; i++) {
      for (let n = 0; n < MESSAGES; n++) await engine.enqueue('q', body(count++));
      disks.push(disk.kill());
    }
    await engine.close();

    const calls = callsOf([]);
    expect(calls).toBeGreaterThan(10);
    for (let first = 0; first <= calls; first++) {
      for (let second = first; second <= callsOf([first]); second++) callsOf([first, second]);
    }

    /** Looks at the log; how many calls that takes. */
    function callsOf(turns: number[]): number {
      const fileSystem = disksInTurn(disks, turns);
      const { state, damage } = Survey.open(fileSystem, '/data', () => 'running').contents;
      expect({ turns, damage }).toEqual({ turns, damage: [] });
      expect(state.table.size).toBeGreaterThanOrEqual(MESSAGES);
      return fileSystem.calls;
    }
  });
});
