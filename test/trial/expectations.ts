import { expect } from 'vitest';
import type { Report, Trial } from './trial.ts';

/** What holds however a trial went. */
export function expectKept(report: Report, { jobs, maxRunning }: Trial): void {
  const { both, disordered, lost } = report;
  expect({ both, disordered, lost }).toEqual({ both: [], disordered: [], lost: [] });
  expect(report.mostOfGroup).toBe(1);
  expect(report.most).toBeLessThanOrEqual(maxRunning);
  // Else there was no limit to be kept.
  expect(report.most).toBeGreaterThan(maxRunning / 2);
  expect(report.reservations).toBeGreaterThanOrEqual(jobs);
  expect(Math.min(report.workerKills, report.serverKills)).toBeGreaterThan(0);
}
