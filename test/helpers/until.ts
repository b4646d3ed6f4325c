import { setTimeout as delay } from 'node:timers/promises';

/** Between two looks, milliseconds: a look after the other would keep two processes busy that others wait for. */
const PAUSE_MS = 10;

/** Looks again and again until it is so. For what nobody tells. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(PAUSE_MS);
}
