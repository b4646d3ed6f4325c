import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import { cpus, loadavg, release, type } from 'node:os';

/** What figures depend on and a reader cannot see from them. */
interface Machine {
  processor: string;
  system: string;
  runtime: string;
  directory: string;
  /** What else it was doing when the run began. */
  load: string;
}

/** statfs magic numbers of tmpfs and ramfs (Linux). */
const MEMORY_FILE_SYSTEMS = [0x01021994, 0x858458f6];

export function describeMachine(directory: string): Machine {
  const processors = cpus();
  return {
    processor: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown processor'}`,
    system: `${type()} ${release()}`,
    runtime: `Node ${process.version}`,
    directory: `data in ${directory}`,
    load: `load ${loadavg()[0].toFixed(1)} at the start`,
  };
}

/** Whether syncing a file in this directory costs nothing, and so means nothing. */
export function isMemoryFileSystem(directory: string): boolean {
  return MEMORY_FILE_SYSTEMS.includes(statfsSync(directory).type);
}

/** Bytes of memory that a process takes now, and that it took at most since it began. Linux only. */
export function residentMemory(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return { now: bytesOf('VmRSS', status), most: bytesOf('VmHWM', status) };
}

/** Seconds that all threads of a process have had a processor for. Linux only. */
export function processorTime(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(tasks).map((thread) =>
    Number(readFileSync(`${tasks}/${thread}/schedstat`, 'latin1').split(' ', 1)[0]),
  );
  return nanoseconds.reduce((sum, time) => sum + time, 0) / 1e9;
}

/** Ticks of the clock that the kernel counts processor time in, a second. */
const TICKS_PER_SECOND = 100;
/** Of `cutime` and `cstime` among the fields behind the name of the program; see proc(5). */
const CHILDREN_USER = 13;
const CHILDREN_SYSTEM = 14;

/** Seconds of a processor that the children of this process took that have ended, with theirs. Linux only. */
export function processorTimeOfEnded(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[CHILDREN_USER]) + Number(fields[CHILDREN_SYSTEM])) / TICKS_PER_SECOND;
}

/** Bytes of memory that processes take together, which need not be the sum of what each takes. Linux only. */
export interface JointMemory {
  /** What each takes, with all that it shares. */
  readonly resident: readonly number[];
  /** With what each shares with any process divided by the number of these. */
  readonly proportional: number;
  /** With what they share, which is Node's program for the most part, counted once. */
  readonly together: number;
}

export function jointMemory(pids: readonly number[]): JointMemory {
  const all = pids.map((pid) => {
    const sums = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    return {
      resident: bytesOf('Rss', sums),
      proportional: bytesOf('Pss', sums),
      shared: bytesOf('Shared_Clean', sums) + bytesOf('Shared_Dirty', sums),
    };
  });
  const sum = (of: (memory: (typeof all)[number]) => number) =>
    all.reduce((total, each) => total + of(each), 0);
  return {
    resident: all.map(({ resident }) => resident),
    proportional: sum(({ proportional }) => proportional),
    together: sum(({ resident, shared }) => resident - shared) + Math.max(...all.map(({ shared }) => shared)),
  };
}

/** Of a line `name:  123 kB`. */
function bytesOf(name: string, text: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  if (match === null) throw new Error(`no ${name} in what the kernel says of a process`);
  return Number(match[1]) * 1024;
}
