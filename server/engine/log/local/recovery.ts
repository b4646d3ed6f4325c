import { FORMAT_VERSION } from '../codec/headers.ts';
import { newSignature } from '../codec/signature.ts';
import type { Events, Position } from '../log.ts';
import type { SegmentList } from '../segment-list.ts';
import { damagedLog } from './damage.ts';
import { readLog } from './log-reader.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Found } from './tail-start.ts';

/** What a start tells of a log. */
export interface Recovered {
  readonly segments: number;
  /** Bytes of a torn tail, which is left out. */
  readonly tornBytes: number;
  /** Engine time of the newest batch, 0 where that is not known. */
  readonly newest: number;
  /** The id that is given next. */
  readonly nextId: number;
}

/**
 * Finds out what there is of a log, and brings it to the disk. `onSegment` puts each of its segments into the list. Throws
 * DamagedError.
 */
export function* recover(
  files: SegmentFiles,
  list: SegmentList,
  into: Events,
  onSegment: (number: number, from: Position) => void,
): Generator<void, { readonly found: Found; readonly recovered: Recovered }> {
  files.syncNames();
  const reading = yield* readLog(files, into, {
    purpose: 'start',
    onDamage: (damage) => {
      throw damagedLog(damage);
    },
    onSegment,
    // After the end of the process only, what it wrote is in the system's cache and not yet on the disk.
    onLast: (number) => files.persist(number),
  });
  const { segments, signature, nextId, tornBytes, newest: newestTime, version, capacity, spares } = reading;
  const { newest } = list;
  files.letGoBehind(newest?.number ?? 0);
  if (newest !== undefined) newest.end = segments.at(-1)?.end as number;
  return {
    found: {
      signature: signature ?? newSignature(),
      end: newest?.to ?? 0,
      nextId,
      goesOn: version === FORMAT_VERSION,
      capacity,
      unbegun: spares.filter(({ hasHeader }) => hasHeader).map(({ number }) => number),
    },
    recovered: { segments: segments.length, tornBytes, newest: newestTime, nextId },
  };
}
