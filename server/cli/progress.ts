/** How often it is drawn anew, milliseconds. */
const REFRESH_MS = 200;

/** How far something is, for people. */
export interface Progress {
  update(done: number, all: number): void;
  stop(): void;
}

/** A bar on standard error, where that is a terminal. What draws it is loaded there only. */
export async function progressBar(title: string): Promise<Progress> {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const { Presets, SingleBar } = await import('cli-progress');
  const format = `${title} {bar} {percentage} % | {value} of {total}`;
  const bar = new SingleBar({ format, clearOnComplete: true, gracefulExit: false }, Presets.shades_classic);
  let next = 0;
  return {
    update(done, all) {
      const now = performance.now();
      if (now < next) return;
      next = now + REFRESH_MS;
      if (!bar.isActive) bar.start(all, done);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
