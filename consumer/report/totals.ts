import type { Counts } from './report.ts';

/** How many jobs have ended, since when. */
export class Totals implements Counts {
  readonly #started = performance.now();
  done = 0;
  failed = 0;
  rejected = 0;
  cancelled = 0;

  get jobs(): number {
    return this.done + this.failed + this.rejected + this.cancelled;
  }

  get ms(): number {
    return performance.now() - this.#started;
  }

  add({ done, failed, rejected, cancelled }: Counts): void {
    this.done += done;
    this.failed += failed;
    this.rejected += rejected;
    this.cancelled += cancelled;
  }

  /** `12 jobs ran in 3.4 s: 10 done, 1 failed, 1 refused` */
  toString(): string {
    const { jobs, done, failed, rejected, cancelled } = this;
    const parts = [
      `${done} done`,
      failed > 0 && `${failed} failed`,
      rejected > 0 && `${rejected} refused`,
      cancelled > 0 && `${cancelled} cancelled`,
    ];
    const ran = jobs === 1 ? '1 job ran' : `${jobs} jobs ran`;
    return `${ran} in ${span(this.ms)}: ${parts.filter(Boolean).join(', ')}`;
  }
}

/** A time for people: `12 ms`, `3.4 s`, `10 s`, `5 min 6 s`, `7 h 8 min`. */
export function span(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
