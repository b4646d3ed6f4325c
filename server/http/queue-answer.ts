import type { Counts, Histogram, QueueStats } from '../engine/api.ts';
import type { HttpContext } from './context.ts';
import { queueNames } from './names.ts';
import type { Queue } from './schemas/queues.ts';

/** A queue as answers have it. */
export function queueAnswer({ engine, sampler }: HttpContext, stats: QueueStats): Queue {
  const { name } = stats;
  const latency = engine.figures.latency(name);
  const { in: enqueued, out, failed } = sampler.rates(name);
  return {
    ...queueNames(name),
    ready: stats.ready,
    delayed: stats.delayed,
    reserved: stats.reserved,
    failed: stats.failed,
    bytes: stats.bytes,
    readers: stats.waiters,
    oldest_age: stats.oldestAge,
    paused: stats.paused,
    held: stats.held,
    held_by: stats.heldBy ?? null,
    rates: { in: enqueued, out, failed },
    wait_ms: percentiles(latency?.wait),
    run_ms: percentiles(latency?.run),
    counts: countsAnswer(engine.figures.counts(name)),
  };
}

/** The same, with how it has been in the last minutes. */
export function recentAnswer(context: HttpContext, stats: QueueStats): Queue {
  return { ...queueAnswer(context, stats), recent: context.sampler.recent(stats.name) ?? null };
}

/** Counts by their names in answers. */
export function countsAnswer(counts: Readonly<Counts> | undefined): Record<string, number> {
  const answer: Record<string, number> = {};
  for (const name in counts) answer[nameInAnswers(name)] = counts[name as keyof Counts];
  return answer;
}

const names = new Map<string, string>();

/** The same few for very many queues. */
function nameInAnswers(name: string): string {
  let known = names.get(name);
  if (known === undefined) {
    known = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    names.set(name, known);
  }
  return known;
}

export function percentiles(histogram: Histogram | undefined): Queue['wait_ms'] {
  if (histogram === undefined || histogram.count === 0) return null;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((part) => histogram.quantile(part)) as [
    number,
    number,
    number,
  ];
  return { p50, p95, p99, count: histogram.count };
}
