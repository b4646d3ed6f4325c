import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { keepTrackOf } from '../children.ts';
import type { Latency } from '../load/spec.ts';
import type { BareOutcome, BareSpec } from './spec.ts';

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

/** Writes and syncs one record after the other, in a process of its own: the least that a durable set can take. */
export async function writeBare(spec: BareSpec): Promise<Latency> {
  const child = keepTrackOf(fork(entry, { detached: true }));
  const exited = once(child, 'exit');
  child.send(spec);
  const [outcome] = (await Promise.race([once(child, 'message'), exited.then(died)])) as [BareOutcome];
  await exited;
  if ('error' in outcome) throw new Error(`writing to ${spec.directory}: ${outcome.error}`);
  return outcome.result;
}

function died([code, signal]: unknown[]): [BareOutcome] {
  return [{ error: `the process ended early (${code ?? signal})` }];
}
