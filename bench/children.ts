import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// What a benchmark leaves behind would spoil the next one: every child and every directory is registered
// here, and goes when the process ends, however it ends.
const children = new Set<ChildProcess>();
const directories = new Set<string>();

/** Makes sure that `child`, a leader of its process group, does not outlive this process. */
export function keepTrackOf<T extends ChildProcess>(child: T): T {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Ends a child and all that it started, at once. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended a moment ago and its exit has not been seen yet.
  }
}

/** A new directory below `base`, which goes when this process ends or `removeDirectory` is called. */
export function makeDirectory(base: string): string {
  const path = mkdtempSync(join(base, 'memq-bench-'));
  directories.add(path);
  return path;
}

export function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  directories.delete(path);
}

/** Installs the handlers that clean up at the end and on SIGINT, SIGTERM and SIGHUP. */
export function cleanUpAtExit(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  process.once('SIGHUP', () => process.exit(129));
  process.once('exit', () => {
    for (const child of children) killGroup(child, 'SIGKILL');
    for (const path of directories) removeDirectory(path);
  });
}
