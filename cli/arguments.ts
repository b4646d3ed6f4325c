import { InvalidArgumentError } from 'commander';
import { errorMessage } from '../shared/errors.ts';
import { duration, integer, type Reader } from '../shared/value-readers.ts';

/** Has commander tell what is wrong with a value. */
function argument<T>(read: Reader<T>): (text: string) => T {
  return (text) => {
    try {
      return read(text, '');
    } catch (error) {
      throw new InvalidArgumentError(errorMessage(error));
    }
  };
}

/** How many to show at most. */
export const limit = argument(integer(1, 1_000_000_000));
/** Seconds, or with s, m, h or d behind it; in milliseconds. */
export const timeMs = argument(duration(0, 1_000_000_000));
/** What a figure is held against. */
export const amount = argument(integer(0, Number.MAX_SAFE_INTEGER));
