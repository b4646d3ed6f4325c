import {
  EX_CONFIG,
  EX_IOERR,
  EX_NOPERM,
  EX_SOFTWARE,
  EX_TEMPFAIL,
  EX_UNAVAILABLE,
  EX_USAGE,
} from './exit-status.ts';
import { Status } from './status.ts';

/** Answers that another attempt may not get. */
const PASSING: ReadonlySet<number> = new Set([Status.full, Status.disk, Status.busy, Status.stopping]);

/**
 * Every error that memq raises on purpose. `code` is stable and machine-readable; `exitCode` is what a
 * command line ends with when the error reaches it.
 */
export abstract class MemqError extends Error {
  abstract readonly code: string;
  readonly exitCode: number = EX_SOFTWARE;

  override get name(): string {
    return this.constructor.name;
  }
}

/** A command line that cannot be understood. */
export class UsageError extends MemqError {
  readonly code = 'USAGE';
  override readonly exitCode = EX_USAGE;
}

/** A configuration that cannot be used; the message names the file, the key and what is wrong with it. */
export class ConfigError extends MemqError {
  readonly code = 'CONFIG';
  override readonly exitCode = EX_CONFIG;
}

/** The queue server cannot be reached, or went away. */
export class UnreachableError extends MemqError {
  readonly code: string = 'UNREACHABLE';
  override readonly exitCode = EX_UNAVAILABLE;
}

/** Somebody is there, but it is not the server that was meant: it cannot be trusted, or does not speak as we do. */
export class WrongServerError extends UnreachableError {
  override readonly code = 'WRONG_SERVER';
}

/** A producer that is used after its `close`. */
export class ClosedError extends MemqError {
  readonly code = 'CLOSED';
}

/** The server's answer was an error; the message carries its text. */
export class ServerError extends MemqError {
  readonly code = 'SERVER';
  override readonly exitCode: number;
  /** The status of memcached's binary protocol. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
    this.exitCode = PASSING.has(status) ? EX_TEMPFAIL : EX_SOFTWARE;
  }
}

/** Something that may work when tried again later: a lock that is held, a disk that is full. */
export class TryLaterError extends MemqError {
  readonly code: string = 'TRY_LATER';
  override readonly exitCode: number = EX_TEMPFAIL;
}

/** A login that the server refused, or a class that may not be used as a worker. */
export class NotAllowedError extends MemqError {
  readonly code = 'NOT_ALLOWED';
  override readonly exitCode = EX_NOPERM;
}

/** A payload that is not a call; `position` is the 0-based offset of the first character that does not fit. */
export class PayloadError extends MemqError {
  readonly code = 'PAYLOAD';
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/** The journal's disk is full, failed or damaged; the message says which, and where. */
export class DiskError extends MemqError {
  readonly code: string = 'DISK';
  override readonly exitCode: number = EX_IOERR;
}

/** The disk has no room for another message. Nothing is broken: it passes as messages are taken. */
export class DiskFullError extends DiskError {
  override readonly code = 'DISK_FULL';
  override readonly exitCode = EX_TEMPFAIL;
}

/** The database that keeps the log is away, or refuses something; the message says why. */
export class DatabaseError extends MemqError {
  readonly code: string = 'DATABASE';
  override readonly exitCode = EX_UNAVAILABLE;
}

/** The journal is not what was written to it. */
export class DamagedError extends DiskError {
  override readonly code = 'DAMAGED';
}

/** A queue that takes no more. */
export class QueueFullError extends MemqError {
  readonly code = 'QUEUE_FULL';
}

/** The server is going down. */
export class StoppingError extends MemqError {
  readonly code = 'STOPPING';
}

/** What is said to be the place where a list goes on, and is none. */
export class CursorError extends MemqError {
  readonly code = 'CURSOR';
}

/** The message of whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of an error of Node's, such as ENOENT. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
