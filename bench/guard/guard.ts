import { checksIn } from './checks.ts';
import { isKept } from './judge.ts';

/** Whether all figures keep within their bounds; `tell` gets a line about each. */
export async function guard(directory: string, tell: (line: string) => void): Promise<boolean> {
  let areAllKept = true;
  for (const check of checksIn(directory)) {
    if (!(await isKept(check, tell))) areAllKept = false;
  }
  return areAllKept;
}
