import { runLoad } from '../load/process.ts';
import { memqMemory } from '../peers/memq.ts';
import { RunningServer } from '../peers/running-server.ts';
import { medianRow, type ScenarioResult } from '../result.ts';

const SHORT_OPS = 100_000;
const LONG_OPS = 500_000;
const MEGABYTE = 1 << 20;
/** `[pid:isolate] 52 ms: Scavenge 20.1 (25.2) -> 18.9 (26.2) MB, ...`: what was used before and after, megabytes. */
const COLLECTION = /ms: (?:Scavenge|Mark-Compact)[^\d\n]*([\d.]+) \([\d.]+\) -> ([\d.]+) /g;

/** How many bytes of its heap a server without a disk allocates for an operation, by its own collector's account. */
export async function allocations(directory: string): Promise<ScenarioResult> {
  // What a start takes, and the compiler, is in both.
  const [short, long] = [await measure(SHORT_OPS, directory), await measure(LONG_OPS, directory)];
  const bytes = (long.allocated - short.allocated) / (LONG_OPS - SHORT_OPS);
  const row = { ...medianRow(memqMemory.name, 'bytes', [bytes]), wrong: short.wrong + long.wrong };
  return {
    name: 'allocations',
    load: '50 connections, 16 in flight on each',
    rows: [row],
    bars: [],
    absent: [],
  };
}

async function measure(ops: number, directory: string): Promise<{ allocated: number; wrong: number }> {
  const server = await RunningServer.start(tracing, directory);
  try {
    const { wrong, misses } = await runLoad({
      ...{ protocol: tracing.protocol, port: server.port, connections: 50, inFlight: 16 },
      ...{ queue: 'bench', keys: 'plain', body: 'x'.repeat(64), mode: 'mixed', warmUp: 1, ops },
    });
    return { allocated: allocatedBy(await server.end()), wrong: wrong + misses };
  } finally {
    await server.stop();
  }
}

const tracing = {
  ...memqMemory,
  args: (port: number, dataDir: string) => ['--trace-gc', ...memqMemory.args(port, dataDir)],
};

/** Bytes that were allocated before the last of the collections that were told. */
export function allocatedBy(trace: string): number {
  let [sum, last] = [0, 0];
  for (const [, before, after] of trace.matchAll(COLLECTION)) {
    sum += Number(before) - last;
    last = Number(after);
  }
  return sum * MEGABYTE;
}
