import { type Bounds, readBounds } from '../../server/engine/log/codec/bounds.ts';
import { BOUNDS_FILE } from '../../server/engine/log/local/bounds-file.ts';
import { DamagedError } from '../../shared/errors.ts';
import type { SimulatedDisk } from './disk.ts';
import type { Inode } from './inode.ts';
import { Machine, type Settings, Violation } from './machine.ts';
import type { Random } from './random.ts';
import type { Run } from './run.ts';

/** The files of a disk as they were at a moment. */
export type Snapshot = ReadonlyMap<string, Buffer>;

export function snapshotOf(disk: SimulatedDisk): Snapshot {
  return new Map([...disk.files].map(([name, inode]) => [name, inode.content]));
}

type Loss = 'lost' | 'emptied' | 'cut' | 'zeroed' | 'as it was earlier';

/**
 * Takes whole files away from a disk between two servers, cuts and empties them, or puts them back to what they were
 * earlier: a start has to refuse each of these. The disk is left as it is.
 */
export class Losses {
  readonly #run: Run;
  readonly #settings: Settings;
  readonly #random: Random;

  constructor(run: Run, settings: Settings, random: Random) {
    this.#run = run;
    this.#settings = settings;
    this.#random = random;
  }

  /** `earlier`: of the same disk, when the last server had started. Another event loop is in force then. */
  async look(disk: SimulatedDisk, earlier: Snapshot): Promise<void> {
    const bounds = boundsOf(disk);
    if (bounds === undefined || bounds.newest === 0) return;
    const number = this.#random.between(bounds.oldest, bounds.newest);
    const isLast = number === bounds.newest;
    const file = this.#random.chance(0.1) ? BOUNDS_FILE : nameOf(number);
    const harmed = disk.copy(this.#random.fork());
    const inode = harmed.files.get(file) as Inode;
    const { content } = inode;
    const was = earlier.get(file);
    const isOlder =
      isLast && bounds.isClosed && was !== undefined && !startsAlike(was, content, bounds.synced);
    const loss = this.#random.pick<Loss>(
      file === BOUNDS_FILE
        ? ['lost', 'emptied', 'zeroed']
        : ['lost', 'emptied', 'zeroed', 'cut', ...(isOlder ? (['as it was earlier'] as const) : [])],
    );
    if (loss === 'lost') harmed.lose(file);
    else if (loss === 'emptied') inode.replace(Buffer.alloc(0));
    else if (loss === 'zeroed') inode.replace(Buffer.alloc(content.length));
    else if (loss === 'cut') inode.replace(content.subarray(0, this.#random.below(capacityOf(content))));
    else inode.replace(was as Buffer);
    await this.#expectRefusal(harmed, file, `${file} is ${loss}`);
    this.#run.coverage.note(`files ${loss}${bounds.isClosed ? ', after a clean stop' : ', after a crash'}`);
  }

  async #expectRefusal(disk: SimulatedDisk, file: string, what: string): Promise<void> {
    const machine = new Machine(disk, { now: this.#run.clock.now });
    const isThere = await machine.start(this.#settings);
    if (isThere) throw new Violation(`it starts although ${what}`);
    const { problem } = machine;
    const isNamed = problem instanceof DamagedError && problem.message.startsWith(`/data/${file} `);
    if (!isNamed) throw new Violation(`${what}, and a start says: ${problem?.stack}`);
  }
}

/** Bytes that a segment may use of its file, which may have grown since it began. */
function capacityOf(content: Buffer): number {
  return Math.min(content.length, content.readUInt32LE(28));
}

function boundsOf(disk: SimulatedDisk): Bounds | undefined {
  const content = disk.files.get(BOUNDS_FILE)?.content;
  if (content === undefined || content.length < 8192) return undefined;
  const copies = [0, 4096].map((at) => readBounds(content.subarray(at, at + 512)));
  const [first, second] = copies;
  return (second?.sequence ?? 0) > (first?.sequence ?? 0) ? second : first;
}

function nameOf(segment: number): string {
  return `${String(segment).padStart(10, '0')}.journal`;
}

function startsAlike(a: Buffer, b: Buffer, length: number): boolean {
  return a.subarray(0, length).equals(b.subarray(0, length));
}
