/** The calls of a file system, each a moment at which it can crash or fail. */
export type Call =
  | 'makeDirectory'
  | 'lock'
  | 'unlock'
  | 'list'
  | 'open'
  | 'create'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'write'
  | 'writeLater'
  | 'sync'
  | 'syncNow'
  | 'read'
  | 'readLater'
  | 'size'
  | 'close';

/** What becomes of a call: a crash finds it not begun, begun, or done but not answered. */
export type Fate = 'well' | 'crash before' | 'crash within' | 'crash after' | 'fail';

/** Decides what becomes of each call. */
export interface Faults {
  fate(call: Call): Fate;
}

/** All goes well. */
export const NO_FAULTS: Faults = { fate: () => 'well' };

/** Thrown where the simulated process ends; nobody's business but the simulation's. */
export class Crash extends Error {}

export function diskError(code: 'EIO' | 'ENOSPC' | 'ENOENT' | 'EEXIST' | 'EBADF', what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
