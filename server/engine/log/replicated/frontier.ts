import type { Position } from '../log.ts';
import type { Batch } from './log-database.ts';

/** How far this server knows the log: what is committed, and was read or written here. */
export class Frontier {
  /** All before it is. */
  position: Position = 0;
  /** The last batch of that, by which a database is known to have the rest; undefined: nothing yet. */
  last: { readonly position: Position; readonly id: number } | undefined;
  /**
   * How far the log went when this server began with the oldest that is there. What was freed before that may have ended by any
   * record up to here: until it has read those too, it knows nothing for certain.
   */
  needed: Position = 0;
  /** Engine time of that batch, milliseconds; 0: there was none. */
  newestTime = 0;

  /** A batch that begins there. */
  pass({ position, length, id, time }: Batch): void {
    this.position = position + length;
    this.last = { position, id };
    this.newestTime = time;
  }

  /** What was known is gone; what is read next begins at a position. */
  beginAnew(position: Position): void {
    this.position = position;
    this.needed = 0;
    this.last = undefined;
  }
}
