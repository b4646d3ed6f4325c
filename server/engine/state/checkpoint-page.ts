import { PAGE_QUEUES } from './events.ts';

/** What a checkpoint says of a queue. */
export interface PageEntry {
  /** One latin1 character a byte, at most 250. */
  readonly name: string;
  readonly isPaused: boolean;
}

/** Which numbers of the page have a queue, and which of these are paused: a bit for each (u32 each). */
const HEAD = 8;
/** Of each name: how many bytes it has in common with the one before it, how many follow (u8 each), and these. */
const ENTRY_HEAD = 2;
/** What a u8 can say. */
const LONGEST_NAME = 255;
const MOST_BYTES = HEAD + PAGE_QUEUES * (ENTRY_HEAD + LONGEST_NAME);

const scratch = Buffer.alloc(MOST_BYTES + 8);
const letters = Buffer.alloc(LONGEST_NAME);

/** Bytes that a name takes in a page behind the one before it. */
export function entrySize(name: string, before: string | undefined): number {
  return ENTRY_HEAD + name.length - (before === undefined ? 0 : shared(before, name));
}

/** Bytes of a page whose entries take so many. */
export function pageSize(entries: number): number {
  return (HEAD + entries + 7) & ~7;
}

/** The page of the numbers from `from` on. */
export function encodePage(queues: readonly (PageEntry | undefined)[], from: number): Buffer {
  let present = 0;
  let paused = 0;
  let at = HEAD;
  let before = '';
  for (let i = 0; i < PAGE_QUEUES; i++) {
    const queue = queues[from + i];
    if (queue === undefined) continue;
    const { name } = queue;
    const same = shared(before, name);
    present |= 1 << i;
    if (queue.isPaused) paused |= 1 << i;
    scratch[at++] = same;
    scratch[at++] = name.length - same;
    for (let k = same; k < name.length; k++) scratch[at++] = name.charCodeAt(k);
    before = name;
  }
  const size = pageSize(at - HEAD);
  scratch.writeInt32LE(present, 0);
  scratch.writeInt32LE(paused, 4);
  scratch.fill(0, at, size);
  const page = Buffer.allocUnsafeSlow(size);
  scratch.copy(page, 0, 0, size);
  return page;
}

/** What a page says, each at its number's distance from the first; of what is none as much as can be made out. */
export function decodePage(page: Buffer): (PageEntry | undefined)[] {
  const entries: (PageEntry | undefined)[] = [];
  if (page.length < HEAD) return entries;
  const present = page.readInt32LE(0);
  const paused = page.readInt32LE(4);
  let length = 0;
  for (let i = 0, at = HEAD; i < PAGE_QUEUES; i++) {
    if ((present & (1 << i)) === 0) continue;
    if (at + ENTRY_HEAD > page.length) break;
    const same = page[at];
    const end = at + ENTRY_HEAD + page[at + 1];
    if (same > length || end > page.length || same + page[at + 1] > LONGEST_NAME) break;
    page.copy(letters, same, at + ENTRY_HEAD, end);
    length = same + page[at + 1];
    entries[i] = { name: letters.toString('latin1', 0, length), isPaused: (paused & (1 << i)) !== 0 };
    at = end;
  }
  return entries;
}

function shared(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let count = 0;
  while (count < most && a.charCodeAt(count) === b.charCodeAt(count)) count++;
  return count;
}
