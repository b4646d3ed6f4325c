import type { JournalFile } from './file-system.ts';

/** What a disk reads as a whole or not at all, at most. */
const PIECE = 4096;

/**
 * Reads as `readLater` does, and around what the disk cannot read any more: that is zeros, which no CRC takes for
 * what was written.
 */
export async function readAround(file: JournalFile, into: Uint8Array, position: number): Promise<number> {
  try {
    return await file.readLater(into, position);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  into.fill(0);
  const length = Math.max(0, Math.min(into.length, file.size() - position));
  for (let at = 0; at < length; ) {
    const next = Math.min(length, at + PIECE - ((position + at) % PIECE));
    const piece = into.subarray(at, next);
    await file.readLater(piece, position + at).catch((error: unknown) => {
      if (!isUnreadable(error)) throw error;
      piece.fill(0);
    });
    at = next;
  }
  return length;
}

/** The disk has lost a sector, and says so. */
export function isUnreadable(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EIO';
}
