import type { Block } from '../codec/block.ts';
import { recordSizeAt } from '../codec/layout.ts';
import { RecordType, typeAt } from '../codec/record.ts';
import { MESSAGE_HEADER_SIZE } from '../codec/sizes.ts';
import { UnknownEventError } from './cluster-log.ts';

/** Bytes of a record by which its type is told, and its length but for messages. */
const LEAST = 8;

/**
 * Bytes of the record at `start`, where all of it is in the block; else undefined. Throws UnknownEventError where it says
 * what this version does not know.
 */
export function wholeSizeAt(block: Block, start: number): number | undefined {
  const left = block.used - start;
  if (left < LEAST) return undefined;
  const type = typeAt(block, start);
  if (type === RecordType.message && left < MESSAGE_HEADER_SIZE) return undefined;
  const size = recordSizeAt(block, start);
  if (size === 0 || type === RecordType.batch) {
    throw new UnknownEventError(
      `the event at position ${block.position + start} of the log is of type ${type}, which this version cannot read: ` +
        'a newer memq-server has written it, so this one has to be replaced too',
    );
  }
  return size <= left ? size : undefined;
}
