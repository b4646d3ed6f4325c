import type { Position } from '../engine/log/log.ts';

/**
 * How often the log has grown, as this server saw it, since a look that what is newest now was written after. Then the batch
 * before the last one was not committed, since the one before that was not known to be; and each is written after the commit of the
 * one before it.
 */
const GROWN = 3;

/** Tells after which time what is new in the log was written, however long it was on its way. */
export class Looks {
  /** When it was looked the last time before the log had grown, of the last few times that it has. */
  readonly #before: number[] = [];
  #last: { readonly at: number; readonly end: Position } | undefined;

  /**
   * Who looked at that time found that the log ended there. Undefined where it has not grown since the last look, or where nothing
   * is certain of it.
   */
  saw(at: number, end: Position): number | undefined {
    const last = this.#last;
    this.#last = { at, end };
    if (last === undefined || end === last.end) return undefined;
    if (this.#before.push(last.at) > GROWN) this.#before.shift();
    return this.#before.length === GROWN ? this.#before[0] : undefined;
  }
}
