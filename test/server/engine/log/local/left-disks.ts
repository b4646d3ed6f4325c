import { Block } from '../../../../../server/engine/log/codec/block.ts';
import { readSegmentHeader } from '../../../../../server/engine/log/codec/headers.ts';
import { body, TestEngine } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';

export const SEGMENT = 64 * 1024;

/** Bodies of messages, the first one included and the last one not. */
export function bodies(from: number, to: number, length?: number): string[] {
  return Array.from({ length: to - from }, (_, i) => body(from + i, length));
}

/** A disk with messages 0 to `count`, stored one after the other by a process that was killed then. */
export async function diskWith(count: number, length?: number): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk);
  for (const text of bodies(0, count, length)) await engine.enqueue('q', text);
  return disk.kill();
}

/** What a start on a copy of the disk finds. */
export async function contentsOf(disk: MemoryDisk): Promise<string[]> {
  const engine = await TestEngine.open(disk.kill());
  const found = await engine.drain('q');
  await engine.close();
  return found;
}

/** Name and content of the segment that was written to last; where its records end. */
export function lastSegment(disk: MemoryDisk): { name: string; bytes: Buffer; end: number } {
  const name = disk
    .files()
    .filter((file) => readSegmentHeader(blockOf(disk, file)) !== undefined)
    .at(-1)!;
  const bytes = disk.contents(name);
  let end = bytes.length;
  while (bytes[end - 1] === 0) end--;
  return { name, bytes, end: (end + 7) & ~7 };
}

/** A copy of a segment as the log reads it. */
export function blockOf(disk: MemoryDisk, name: string): Block {
  const bytes = disk.contents(name);
  const block = new Block(0, bytes.length, Number.parseInt(name, 10));
  bytes.copy(block.bytes);
  block.used = bytes.length;
  return block;
}
