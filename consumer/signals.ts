import type { Report } from './report/report.ts';
import type { Run } from './run.ts';

/**
 * TERM and INT stop the run, and a second one ends it at once. A run that watches is paused by USR2, resumed by CONT,
 * and reads its configuration again on HUP; any run opens its log file anew then.
 */
export function obeySignals(run: Run, report: Report, isWatching: boolean): void {
  let isStopping = false;
  for (const [name, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(name, () => {
      if (isStopping) {
        void run.kill().then(() => process.exit(128 + number));
        return;
      }
      isStopping = true;
      run.stop();
    });
  }
  process.on('SIGHUP', () => {
    report.reopen();
    if (isWatching) run.reload();
  });
  if (!isWatching) return;
  process.on('SIGUSR2', () => run.pause());
  process.on('SIGCONT', () => run.resume());
}
