import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { keepTrackOf } from '../children.ts';
import type { LoadResult, LoadSpec } from './spec.ts';

export type LoadOutcome = { result: LoadResult } | { error: string };

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

/** Runs a load in a process of its own. Rejects with what stopped the load. */
export async function runLoad(spec: LoadSpec): Promise<LoadResult> {
  const child = keepTrackOf(fork(entry, { detached: true }));
  const exited = once(child, 'exit');
  child.send(spec);
  const [outcome] = (await Promise.race([once(child, 'message'), exited.then(died)])) as [LoadOutcome];
  await exited;
  if ('error' in outcome) throw new Error(`${spec.protocol} load on port ${spec.port}: ${outcome.error}`);
  return outcome.result;
}

function died([code, signal]: unknown[]): [LoadOutcome] {
  return [{ error: `the load generator ended early (${code ?? signal})` }];
}
