import { DiskFullError } from '../../../../shared/errors.ts';
import type { BodyCache } from '../body-cache.ts';
import type { Signature } from '../codec/signature.ts';
import type { Position } from '../log.ts';
import type { Segment, SegmentList } from '../segment-list.ts';
import type { SegmentFiles } from './segment-files.ts';
import { Tail } from './tail.ts';

/** What the first replay has found. */
export interface Found {
  readonly signature: Signature;
  /** Where the log ends. */
  readonly end: Position;
  /** Ids and tokens below may have been given out. */
  readonly nextId: number;
  /** Whether its last segment can be written on; else there is none, or it is of an earlier version. */
  readonly goesOn: boolean;
  /** Bytes that it holds, as its header says; 0: not known. Of more nobody would miss what is cut off. */
  readonly capacity: number;
  /** Spares that were about to become segments. */
  readonly unbegun: readonly number[];
}

/** Where a log that was found is written on. */
interface Place extends Found {
  readonly files: SegmentFiles;
  readonly cache: BodyCache;
  readonly segments: SegmentList;
  readonly clock: () => number;
}

/** Goes on in the last segment: all that this takes is on the disk already. */
export async function goOn({
  signature,
  nextId,
  capacity,
  unbegun,
  files,
  cache,
  segments,
  clock,
}: Place): Promise<Tail> {
  const segment = segments.newest as Segment;
  const { number, from: position, end: offset } = segment;
  files.settle(number - 1);
  files.clearBehind(number, offset);
  // Their headers would say that this one ends where it does now.
  for (const spare of unbegun) files.clearBehind(spare, 0);
  segments.reopen();
  await files.bounds.update({ newest: number, synced: offset, isClosed: false, nextId });
  return new Tail(cache, signature, clock, {
    segment: number,
    position,
    offset,
    capacity: Math.min(capacity || Number.POSITIVE_INFINITY, files.sizeOf(number)),
  });
}

/** Begins a segment, of which the head takes `headSize` bytes at most: the first one, or one behind an earlier version. */
export async function begin(place: Place, headSize: number): Promise<Tail> {
  const { end: position, signature, files, cache, segments, clock } = place;
  const { newest } = segments;
  const segment = (newest?.number ?? 0) + 1;
  files.settle(segment - 1);
  try {
    await tellOfWhatIsThere(place);
    files.prepareNow(segment, headSize);
  } catch (error) {
    throw newest !== undefined && error instanceof DiskFullError ? files.fullFor(headSize) : error;
  }
  const tail = new Tail(cache, signature, clock, {
    segment,
    position,
    offset: 0,
    capacity: files.sizeOf(segment),
  });
  tail.begin(newest?.end ?? 0);
  return tail;
}

/** Puts on record what was found, since nothing may be written behind it before. */
async function tellOfWhatIsThere({ signature, nextId, files, segments }: Place): Promise<void> {
  const { bounds } = files;
  const { newest, oldest } = segments;
  const found = { newest: newest?.number ?? 0, synced: newest?.end ?? 0, isClosed: false, nextId };
  if (bounds.current !== undefined) await bounds.update(found);
  else bounds.create({ ...found, oldest: oldest?.number ?? 1, signature });
}
