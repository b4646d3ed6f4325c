// Runs in the parent.
import { readFileSync } from 'node:fs';

/** What Linux counts processor time in, a second: USER_HZ, which is the same on all machines. */
const TICKS = 100;

/** What our processes take. Of others than this one only Linux tells. */
export class Usage {
  /** Processor time that each had taken when that was last looked at, seconds. */
  #taken = new Map<number, number>();
  #at = performance.now();

  constructor() {
    this.measure([]);
  }

  /** Memory, bytes, and how many cores were busy since the last time, of this process and of those. */
  measure(pids: readonly number[]): { readonly rss: number; readonly cpu: number } {
    const own = process.cpuUsage();
    const taken = new Map([[process.pid, (own.user + own.system) / 1e6]]);
    let rss = process.memoryUsage.rss();
    for (const pid of pids) {
      const used = usageOf(pid);
      if (used === undefined) continue;
      rss += used.rss;
      taken.set(pid, used.seconds);
    }
    let seconds = 0;
    for (const [pid, total] of taken) seconds += total - (this.#taken.get(pid) ?? 0);
    const now = performance.now();
    const cpu = (seconds * 1000) / Math.max(1, now - this.#at);
    this.#taken = taken;
    this.#at = now;
    return { rss, cpu: Math.round(Math.max(0, cpu) * 1000) / 1000 };
  }
}

/** Of one process; undefined where it is gone, or the system does not tell. */
function usageOf(pid: number): { readonly rss: number; readonly seconds: number } | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    // Behind the program's name, which may have anything in it: user and system time are the 14th and 15th field.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS;
    return kilobytes === undefined || Number.isNaN(seconds)
      ? undefined
      : { rss: Number(kilobytes) * 1024, seconds };
  } catch {
    return undefined;
  }
}
