import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Block } from '../../../../../server/engine/log/codec/block.ts';
import { sealEvent, writeEvent } from '../../../../../server/engine/log/codec/event-record.ts';
import { writeBatchHeader } from '../../../../../server/engine/log/codec/headers.ts';
import { QUEUE_EVENT_SIZE } from '../../../../../server/engine/log/codec/sizes.ts';
import { Event } from '../../../../../server/engine/state/events.ts';
import { body, TestEngine } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';
import { fill } from '../codec/arbitrary-events.ts';
import { bodies, contentsOf, lastSegment, SEGMENT } from './left-disks.ts';

describe('a recycled segment', () => {
  /** Goes through segments until a used file has become the next one, and on, until `isEnough`. */
  async function recycle(engine: TestEngine, disk: MemoryDisk, text: string): Promise<void> {
    const used = () => lastSegment(disk).bytes;
    for (
      let i = 0;
      used()
        .subarray(SEGMENT - 4096)
        .every((byte) => byte === 0);
      i++
    ) {
      await engine.enqueue('churn', text);
      await engine.take('churn');
      expect(i).toBeLessThan(5000);
    }
  }

  it('gives no old record back, however much of it has been written again', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    await recycle(engine, disk, body(0, 700));
    const kept: string[] = [];
    for (let i = 0; i < 200; i++) {
      kept.push(body(i, 50 + ((i * 31) % 300)));
      await engine.enqueue('q', kept[i]);
      if (i % 20 > 0) continue;
      const restarted = await TestEngine.open(disk.kill());
      expect(await restarted.drain('churn')).toEqual([]);
      expect(await restarted.drain('q')).toEqual(kept);
      await restarted.close();
    }
    await engine.close();
  });

  it('takes no body for a record, whatever a client puts into it', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    for (const text of bodies(0, 5)) await engine.enqueue('q', text);
    // All that a client can know: the format, and which segment may come.
    const forged: Buffer[] = [];
    for (let segment = 1; segment <= 40; segment++) {
      const block = new Block(0, 64, segment, { seed: 0, mark: 0xba7c_4ead });
      writeBatchHeader(block, 0, { length: 64, syncedSegment: segment, syncedOffset: SEGMENT, time: 0 });
      for (const [index, type] of (['drop', 'purge'] as const).entries()) {
        const event = fill(new Event(), { type, queue: 0 });
        writeEvent(block, 32 + index * QUEUE_EVENT_SIZE, event);
        sealEvent(block, 32 + index * QUEUE_EVENT_SIZE, event);
      }
      expect(block.words[8]).toBe(crc32(block.bytes.subarray(36, 48), segment));
      forged.push(block.bytes);
    }
    await recycle(engine, disk, Buffer.concat(forged).toString('latin1'));
    for (let i = 5; i < 40; i++) {
      await engine.enqueue('q', body(i, 16 * i));
      await engine.take('nothing');
      expect((await contentsOf(disk)).length).toBe(i + 1);
    }
    await engine.close();
  });
});
