// Loaded into a server before its own program (`node --import`): notes what may hold an answer up, and when, and writes it to
// the file that the address of this module names (`?to=`) when the server ends.
import fs from 'node:fs';
import { constants as kinds, PerformanceObserver } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { machineTime } from '../clock.ts';
import { runDelay } from './run-delay.ts';
import { type Cause, causes, type Notes } from './spans.ts';

/** What Node says of a collection, which its types leave out. */
interface Collection {
  readonly kind: number;
}

const notes: Notes = { spans: [], delays: [] };
// It is opened before files are looked at.
runDelay();
/** Files by their descriptors, and the one that was written to last on the event loop: the current segment. */
const paths = new Map<number, string>();
let current = -1;

function note(cause: Cause, start: number, end = machineTime()): void {
  notes.spans.push(causes.indexOf(cause), start, end);
}

function noteDelay(): void {
  notes.delays.push(machineTime(), runDelay());
}

/** What a sync of a file is for. */
function causeOf(fd: number): Cause {
  if (!/\.journal$/.test(paths.get(fd) ?? '')) return 'bounds';
  return fd === current ? 'sync' : 'spare';
}

/** Puts `name` of fs in place of itself, timed. */
function timed(
  name: 'openSync' | 'closeSync' | 'renameSync' | 'unlinkSync' | 'fsyncSync',
  cause: Cause,
): void {
  const original = fs[name] as (...args: unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...args: unknown[]) => {
      const start = machineTime();
      const result = original(...args);
      note(cause, start);
      if (name === 'openSync') paths.set(Number(result), String(args[0]));
      return result;
    },
  });
}

for (const name of ['openSync', 'closeSync', 'renameSync', 'unlinkSync', 'fsyncSync'] as const)
  timed(name, 'files');

const { writeSync, fdatasyncSync, fdatasync, write } = fs;
Object.assign(fs, {
  writeSync: (fd: number, ...args: [Uint8Array, number, number, number]) => {
    const start = machineTime();
    const result = writeSync(fd, ...args);
    note('write', start);
    noteDelay();
    if (/\.journal$/.test(paths.get(fd) ?? '')) current = fd;
    return result;
  },
  fdatasyncSync: (fd: number) => {
    const start = machineTime();
    fdatasyncSync(fd);
    note(causeOf(fd), start);
    noteDelay();
  },
  fdatasync: (fd: number, done: (error: Error | null) => void) => {
    const start = machineTime();
    const cause = causeOf(fd);
    fdatasync(fd, (error) => {
      note(cause, start);
      noteDelay();
      done(error);
    });
  },
  write: Object.assign(write.bind(fs), {
    [promisify.custom]: async (...args: Parameters<typeof later>) => {
      const start = machineTime();
      try {
        return await later(...args);
      } finally {
        note('spare', start);
      }
    },
  }),
});
const later = promisify(write) as (
  ...args: [number, Uint8Array, number, number, number]
) => Promise<{ bytesWritten: number }>;

/** From the clock of performance entries to that of the machine. */
const offset = machineTime() - performance.now();
const observer = new PerformanceObserver((list) => {
  for (const { startTime, duration, detail } of list.getEntries() as (PerformanceEntry & {
    detail: Collection;
  })[]) {
    const isMinor = detail.kind === kinds.NODE_PERFORMANCE_GC_MINOR;
    const start = startTime + offset;
    note(isMinor ? 'minor' : 'major', start, start + duration);
  }
});
observer.observe({ entryTypes: ['gc'] });

process.on('exit', () => {
  const to = new URL(import.meta.url).searchParams.get('to');
  if (to !== null) fs.writeFileSync(to, JSON.stringify(notes));
});
