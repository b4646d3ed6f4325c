import { readSync, writeSync } from 'node:fs';
import { tryLock } from 'fs-native-extensions';
import { MAX_RUNS } from './config/keys.ts';

/** Bytes of a record: the process's id and the time of its start, filled up with blanks. A file of them is for people, too. */
const SIZE = 40;
const RECORD = /^(\d{1,10}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) *\n$/;
/** One, also if a full disk took only a part of it; or what lies before one where no run had the places before its own. */
const ANY_RECORD = /^(?:\0+|\d+ [\dTZ:. -]*|\d+ [\dTZ:. -]*\n)$/;

/** A run that is at work. */
export interface RunRecord {
  readonly pid: number;
  readonly since: Date;
}

/**
 * Says in place `run` of the file that this process is at work. As long as it has the file open it holds a lock there
 * which stands for its id: so what others left there when they were killed is never taken for true.
 */
export function writeRecord(descriptor: number, run: number): void {
  tryLock(descriptor, lockOf(process.pid), 1);
  const record = `${process.pid} ${new Date().toISOString()}`;
  writeSync(descriptor, `${record.padEnd(SIZE - 1)}\n`, run * SIZE);
}

/** Who holds place `run`, of which it is known that somebody does; undefined when that is not on record. */
export function readRecord(descriptor: number, run: number): RunRecord | undefined {
  const bytes = Buffer.alloc(SIZE);
  readSync(descriptor, bytes, 0, SIZE, run * SIZE);
  const [, id, since] = RECORD.exec(bytes.toString('latin1')) ?? [];
  const pid = Number(id);
  if (since === undefined || tryLock(descriptor, lockOf(pid), 1)) return undefined;
  return { pid, since: new Date(since) };
}

/** Whether a file has records in it, or nothing. */
export function hasOnlyRecords(descriptor: number): boolean {
  const bytes = Buffer.alloc(MAX_RUNS * SIZE + 1);
  const text = bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, bytes.length, 0));
  const records = text.match(new RegExp(`[^]{1,${SIZE}}`, 'g')) ?? [];
  return text.length < bytes.length && records.every((record) => ANY_RECORD.test(record));
}

/** Behind the bytes that stand for the places. */
function lockOf(pid: number): number {
  return MAX_RUNS + pid;
}
