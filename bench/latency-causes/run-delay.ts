import { openSync, readSync } from 'node:fs';

const text = Buffer.alloc(64);
let file: number | undefined;

/** Milliseconds that this thread has waited for a processor while it could have run, since it began. Linux only. */
export function runDelay(): number {
  file ??= openSync('/proc/thread-self/schedstat', 'r');
  const length = readSync(file, text, 0, text.length, 0);
  return Number(text.toString('latin1', 0, length).split(' ', 2)[1]) / 1e6;
}
