import type { LoadResult } from '../load/spec.ts';
import { medianRow, type Row } from '../result.ts';
import { median } from '../statistics.ts';
import type { ServerLoad } from './server-load.ts';

/** What the rounds of one load came to, in `unit`. */
export function loadRow(
  subject: string,
  unit: string,
  rounds: readonly (LoadResult | ServerLoad)[],
): Row & { busy: number } {
  const middle = (of: (result: LoadResult) => number) => median(rounds.map(of));
  const total = (of: (result: LoadResult) => number) => rounds.reduce((sum, result) => sum + of(result), 0);
  const micros = rounds.flatMap((round) => ('serverMicros' in round ? [round.serverMicros] : []));
  return {
    ...medianRow(
      subject,
      unit,
      rounds.map((result) => result.opsPerSecond),
    ),
    latency: {
      p50: middle((result) => result.latency.p50),
      p99: middle((result) => result.latency.p99),
      p999: middle((result) => result.latency.p999),
    },
    ...(micros.length > 0 ? { serverMicros: median(micros) } : {}),
    busy: middle((result) => result.busy),
    misses: total((result) => result.misses),
    wrong: total((result) => result.wrong),
  };
}
