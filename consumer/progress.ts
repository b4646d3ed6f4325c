import { Presets, SingleBar } from 'cli-progress';

/** Shows how a run gets on. */
export interface Progress {
  /** So many jobs have run by now, and so many of these have failed. */
  update(jobs: number, failed: number): void;
  /** Lets `write` write lines where the bar stands. */
  aside(write: () => void): void;
  stop(): void;
}

const SILENT: Progress = { update: () => {}, aside: (write) => write(), stop: () => {} };

/** A bar on the terminal, from the first job on; nothing at all elsewhere. `countWaiting`: how many jobs wait. */
export async function startProgress(title: string, countWaiting: () => Promise<number>): Promise<Progress> {
  const stream = process.stderr;
  if (!stream.isTTY) return SILENT;
  const expected = await countWaiting();
  const started = performance.now();
  const format = `${title} {bar} {value}/{total} jobs, {failed} failed, {rate}/s`;
  const options = { stream, format, gracefulExit: false, clearOnComplete: true };
  const bar = new SingleBar(options, Presets.shades_classic);
  return {
    update: (jobs, failed) => {
      const counts = { failed, rate: Math.round((jobs * 1000) / (performance.now() - started)) };
      const total = Math.max(expected, jobs);
      if (!bar.isActive) bar.start(total, jobs, counts);
      bar.setTotal(total);
      bar.update(jobs, counts);
    },
    // When it stops, the bar goes back to the place where it began: nothing may be written in between.
    aside: (write) => {
      bar.stop();
      write();
    },
    stop: () => bar.stop(),
  };
}
