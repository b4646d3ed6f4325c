import { Writable } from 'node:stream';
import { createReport, type ReportOptions } from '../../../consumer/report/create-report.ts';
import type { JobName, JobTrouble, PrintedLine } from '../../../consumer/report/report.ts';

/** What would stand on standard error. */
class Screen extends Writable {
  readonly isTTY: boolean;
  readonly columns = 200;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _: unknown, done: () => void): void {
    this.text += chunk;
    done();
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  get json(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** Begins a report; what it shows. */
export async function start(options: Pick<ReportOptions, 'mode'> & Partial<ReportOptions>) {
  const screen = new Screen(options.mode === 'terminal');
  const report = await createReport({ level: 'info', title: 'mail', screen, ...options });
  return { report, screen };
}

export const STACK = `TypeError: no such address
    at check (node:internal/validators:162:11)
    at Worker.sendMail (file:///srv/app/lib/my%20worker.js:12:7)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`;

export function trouble(more: Partial<JobTrouble> = {}): JobTrouble {
  return {
    queue: 'mail',
    id: '17',
    attempt: 3,
    call: "sendMail('nobody')",
    kind: 'failed',
    reason: STACK,
    ms: 1234,
    pid: 4711,
    ...more,
  };
}

/** A line of job 17. */
export function printed(text: string, job: Partial<JobName> = {}): PrintedLine {
  return { job: { queue: 'mail', id: '17', attempt: 3, ...job }, pid: 4711, stream: 'stdout', text };
}

export const CHAIN = `TypeError: fetch failed
    at Worker.load (file:///srv/app/worker.js:12:7)
caused by: Error: half way
    at Worker.half (file:///srv/app/worker.js:1:1)
caused by: Error: connect ECONNREFUSED 127.0.0.1:9
[code: ECONNREFUSED]
    at Worker.deep (file:///srv/app/worker.js:2:2)
error 2 of 2: Error: other, caused by: Error: not the root`;

export const DONE = { done: 1, failed: 0, rejected: 0, cancelled: 0 };

export const FAILED = { done: 0, failed: 1, rejected: 0, cancelled: 0 };

export const REJECTED = { done: 0, failed: 0, rejected: 1, cancelled: 0 };

/** Sets a title, clears the screen, colours, with 7 and 8 bits; writes over the line; turns the direction. */
export const HOSTILE = '\u001b]0;x\u0007\u001b[2J\u009b31m\rfine\u202e\u2028\u007f';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const RAW = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/;
