import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { answerEach } from '../answer.ts';
import { percentiles } from '../statistics.ts';
import type { BareResult, BareSpec } from './spec.ts';

const FILL_CHUNK = Buffer.alloc(1 << 20);

// A process of its own, which does nothing else: it answers each BareSpec with how long the writes took.
answerEach(measure);

function measure({ directory, bytes, warmUp, writes }: BareSpec): BareResult {
  const path = join(directory, `bare-${process.pid}`);
  const file = openSync(path, 'wx');
  try {
    const times = timesOf(file, bytes, warmUp, writes);
    const seconds = times.reduce((sum, time) => sum + time, 0) / 1000;
    return { latency: percentiles(times), writesPerSecond: writes / seconds };
  } finally {
    closeSync(file);
    unlinkSync(path);
  }
}

/** Milliseconds of each write to a file that has all its blocks, so that a sync need not write where they are. */
function timesOf(file: number, bytes: number, warmUp: number, writes: number): Float64Array {
  const total = warmUp + writes;
  for (let offset = 0; offset < total * bytes; offset += FILL_CHUNK.length)
    writeSync(file, FILL_CHUNK, 0, FILL_CHUNK.length, offset);
  fdatasyncSync(file);
  const record = Buffer.alloc(bytes, 'x');
  const times = new Float64Array(writes);
  for (let i = 0; i < total; i++) {
    const start = performance.now();
    writeSync(file, record, 0, bytes, i * bytes);
    fdatasyncSync(file);
    if (i >= warmUp) times[i - warmUp] = performance.now() - start;
  }
  return times;
}
