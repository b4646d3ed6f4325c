// The child writes them and the parent reads them. Both sides are here, with the form that they share.
import { writeSync } from 'node:fs';
import { LineSplitter } from '../line-splitter.ts';
import type { JobName, StreamName } from '../report/report.ts';

/** The file descriptor by which a child knows the pipe. */
export const PRINTED_FD = 5;

/** How many characters of text a record has at most, and how many bytes it can be then. */
const MAX_TEXT = 64 * 1024;
const MAX_RECORD = 1 << 20;

/** What a job printed, or something that is no job's; or that a job has ended which had printed something. */
export type PrintedRecord =
  | { readonly job?: JobName; readonly stream: StreamName; readonly text: string }
  | { readonly job: JobName; readonly isDone: boolean };

/**
 * Writes records into a pipe, each a line of JSON. A write returns when the pipe has taken all of it: so nothing is
 * lost when the process ends, and a job that prints faster than the parent reads waits.
 */
export class PrintedWriter {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  print(job: JobName | undefined, stream: StreamName, text: string): void {
    const about = job && { job: nameOf(job) };
    for (let start = 0; start < text.length; start += MAX_TEXT) {
      this.#write({ ...about, stream, text: text.slice(start, start + MAX_TEXT) });
    }
  }

  end(job: JobName, isDone: boolean): void {
    this.#write({ job: nameOf(job), isDone });
  }

  #write(record: PrintedRecord): void {
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
    try {
      for (let start = 0; start < bytes.length; ) start += writeSync(this.#fd, bytes, start);
    } catch {
      // The parent is gone, and this process ends soon.
    }
  }
}

/** Nothing else that a job has. */
function nameOf({ queue, id, job, attempt }: JobName): JobName {
  return { queue, id, job, attempt };
}

/** Reads them. */
export function printedReader(onRecord: (record: PrintedRecord) => void): (chunk: Buffer) => void {
  const lines = new LineSplitter(MAX_RECORD, (line) => {
    let record: PrintedRecord;
    try {
      record = JSON.parse(line);
    } catch {
      // A process that is killed may leave half a record.
      return;
    }
    onRecord(record);
  });
  return (chunk) => lines.push(chunk);
}
