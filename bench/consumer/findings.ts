import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'findings.json';

/** Leaves in the working directory what a worker has found. */
export function leaveFindings(findings: unknown): void {
  writeFileSync(FILE, JSON.stringify(findings));
}

/** What was left in `directory`. Throws if nothing was. */
export function collectFindings<T>(directory: string): T {
  const findings: T = JSON.parse(readFileSync(join(directory, FILE), 'utf8'));
  return findings;
}
