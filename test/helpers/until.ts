import { setTimeout as delay } from 'node:timers/promises';

/**
 * Between two looks, milliseconds, from the first to the last: a look after the other would keep two processes busy that others
 * wait for.
 */
const PAUSE_MS = { first: 10, last: 100 };

/** Looks again and again until it is so, the less often the longer it takes. For what nobody tells. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let pause = PAUSE_MS.first; !(await isSo()); pause = Math.min(pause * 1.2, PAUSE_MS.last))
    await delay(pause);
}
