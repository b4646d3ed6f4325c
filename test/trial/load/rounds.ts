import { setTimeout as delay } from 'node:timers/promises';
import type { Tally } from './account.ts';
import type { Load } from './load.ts';

/** Clients are at work for so long before a fault and after it, milliseconds. */
const QUIET_MS = 1000;

/** What goes wrong in a round. */
export interface Fault {
  readonly kind: string;
  /** Resolves when all is well again. */
  run(load: Load): Promise<void>;
  /** Whether clients may see nothing of it but closed connections, and no errors. */
  readonly isPlanned?: boolean;
}

/** What became of all rounds of a kind. */
export interface Row extends Tally {
  readonly kind: string;
  rounds: number;
  /** That a client had to wait for an answer, milliseconds. */
  longestPauseMs: number;
  /** Errors that no client should have seen, with how often. */
  readonly errors: Map<string, number>;
}

/** Has the faults happen one after the other, under load, and then everything taken out; what became of it, by kind. */
export async function runRounds(load: Load, faults: readonly Fault[]): Promise<readonly Row[]> {
  const { account, callers } = load;
  const rows = new Map<string, Row>();
  for (const { kind, run, isPlanned } of faults) {
    account.round = kind;
    const began = performance.now();
    await load.everybodyIsServed();
    callers.takeLongest();
    callers.errors.clear();
    await delay(QUIET_MS);
    await run(load);
    await load.everybodyIsServed();
    await delay(QUIET_MS);
    const row = rows.get(kind) ?? newRow(kind);
    rows.set(kind, row);
    row.rounds++;
    const pause = callers.takeLongest();
    console.log(
      `${kind}: ${((performance.now() - began) / 1000).toFixed(0)} s, longest pause ${(pause / 1000).toFixed(1)} s`,
    );
    row.longestPauseMs = Math.max(row.longestPauseMs, pause);
    if (isPlanned)
      for (const [text, count] of callers.errors) row.errors.set(text, (row.errors.get(text) ?? 0) + count);
  }
  account.round = 'the end';
  await load.drain();
  return [...rows.values(), newRow(account.round)].map((row) => ({ ...row, ...account.tallyOf(row.kind) }));
}

function newRow(kind: string): Row {
  return {
    ...{ kind, rounds: 0, longestPauseMs: 0, errors: new Map<string, number>() },
    ...{ acknowledged: 0, lost: 0, doubled: 0, shared: 0, stale: 0 },
  };
}

/** As people read it. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.kind,
    ...[row.rounds, row.acknowledged, row.lost, row.doubled, row.shared, row.stale].map(String),
    `${(row.longestPauseMs / 1000).toFixed(1)} s`,
  ]);
  const head = ['fault', 'rounds', 'acknowledged', 'lost', 'doubled', 'shared', 'stale', 'longest pause'];
  const grid = [head, ...cells];
  const widths = head.map((_, i) => Math.max(...grid.map((line) => line[i]!.length)));
  return grid
    .map((line) =>
      line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
    )
    .join('\n');
}
