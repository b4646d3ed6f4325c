import { LocalLog, type LocalLogOptions } from '../../../../../server/engine/log/local/local-log.ts';
import { turn } from '../../../../../server/engine/turn.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';
import { describeLog, SEGMENT } from '../contract.ts';
import type { LogHarness } from '../log-harness.ts';

/** A local log on a disk in memory. */
function onDisk(options: Partial<LocalLogOptions> = {}): LogHarness {
  let disk = new MemoryDisk();
  let seed = 1;
  return {
    async open() {
      return LocalLog.open({
        fileSystem: disk,
        directory: '/data',
        sync: 'always',
        syncIntervalMs: 1000,
        segmentSize: SEGMENT,
        cacheSize: 64 * SEGMENT,
        clock: () => 1_700_000_000_000,
        ...options,
      });
    },
    settle: turn,
    hold() {
      disk.heldSyncs ??= [];
    },
    release() {
      disk.releaseSyncs();
    },
    breakDown() {
      disk.syncError = new Error('EIO: i/o error, fdatasync');
    },
    crash() {
      disk = disk.powerCut(() => {
        seed = (Math.imul(seed, 48271) >>> 0) % 0x7fff_ffff;
        return seed / 0x7fff_ffff;
      });
    },
  };
}

describeLog('the local log', () => onDisk());
describeLog('the local log with next to no cache', () => onDisk({ cacheSize: 1 }));
