import { LoadProcess } from '../load/process.ts';
import type { LoadResult, LoadSpec } from '../load/spec.ts';

/** A load that several processes share, where one could not keep the server busy. */
export class Generators {
  readonly #processes: readonly LoadProcess[];

  constructor(count: number) {
    this.#processes = Array.from({ length: count }, () => new LoadProcess());
  }

  /** Runs one load on all of them, as far as it has connections. Rejects where an answer was wrong or missing. */
  async run(spec: LoadSpec): Promise<LoadResult> {
    const processes = this.#processes.slice(0, spec.connections);
    const parts = processes.map((process, i) => process.run(partOf(spec, i, processes.length)));
    await Promise.allSettled(parts);
    const result = joined(await Promise.all(parts));
    const bad = result.misses + result.wrong;
    if (bad > 0) throw new Error(`${bad} answers were wrong, or missed what was there`);
    return result;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
  }
}

function partOf(spec: LoadSpec, part: number, parts: number): LoadSpec {
  const share = (whole: number) =>
    Math.floor((whole * (part + 1)) / parts) - Math.floor((whole * part) / parts);
  return {
    ...spec,
    connections: share(spec.connections),
    warmUp: share(spec.warmUp),
    ops: share(spec.ops),
  };
}

/** Times and shares of a processor are those of the process that had the worst. */
function joined(results: readonly LoadResult[]): LoadResult {
  const sum = (of: (result: LoadResult) => number) => results.reduce((total, each) => total + of(each), 0);
  const worst = (of: (result: LoadResult) => number) => Math.max(...results.map(of));
  return {
    opsPerSecond: sum(({ opsPerSecond }) => opsPerSecond),
    tenths: results[0].tenths.map((_, tenth) => sum(({ tenths }) => tenths[tenth])),
    latency: {
      p50: worst(({ latency }) => latency.p50),
      p99: worst(({ latency }) => latency.p99),
      p999: worst(({ latency }) => latency.p999),
    },
    misses: sum(({ misses }) => misses),
    wrong: sum(({ wrong }) => wrong),
    busy: worst(({ busy }) => busy),
  };
}
