// Runs in the parent.
import type { Exit } from './worker-process.ts';

/** Why a process ended. */
export function exitText({ code, signal, crash }: Exit): string {
  if (crash !== undefined) return `its process ended: ${crash}`;
  return `its process ended ${signal === null ? `with exit status ${code}` : `by ${signal}`}`;
}
