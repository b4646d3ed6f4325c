import { defineWorker } from '../../consumer/class/worker-definition.ts';
import { machineTime } from '../clock.ts';
import { leaveFindings } from '../consumer/findings.ts';

/** What the worker leaves: for each number, how long its job took to start, milliseconds. */
export type StartFindings = readonly (readonly [number: number, ms: number])[];

const findings: [number: number, ms: number][] = [];
process.once('exit', () => leaveFindings(findings));

/** A worker whose jobs say when they were sent. */
export class PunctualWorker {
  warmUp(): void {}

  start(number: number, sent: number): void {
    findings.push([number, machineTime() - sent]);
  }
}

export default defineWorker(PunctualWorker, { methods: ['warmUp', 'start'] });
