import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LocalLog } from '../../../../../server/engine/log/local/local-log.ts';
import { nodeFileSystem } from '../../../../../server/engine/log/local/node-file-system.ts';
import type { Position } from '../../../../../server/engine/log/log.ts';
import { Event } from '../../../../../server/engine/state/events.ts';
import { fill, type Said, said } from '../codec/arbitrary-events.ts';

const SAMPLE = join(import.meta.dirname, '../../../../samples/format-1');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memq-version-1-'));
  cpSync(SAMPLE, directory, { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true }));

type Told = [position: Position, what: Said][];

function open(): LocalLog {
  return LocalLog.open({
    fileSystem: nodeFileSystem,
    directory,
    sync: 'always',
    syncIntervalMs: 1000,
    segmentSize: 64 * 1024,
    cacheSize: 1 << 20,
    clock: Date.now,
  });
}

async function replayed(log: LocalLog, from?: Position): Promise<{ told: Told; end: Position }> {
  const told: Told = [];
  const apply = (event: Event, position: Position) => told.push([position, said(event)]);
  return { end: await log.replay({ apply }, from), told };
}

function checkpointOf(log: LocalLog): () => void {
  return () => log.append(fill(new Event(), { type: 'identifiers', order: 5000 }));
}

it('a log of version 1 has positions and identifiers as if it were of version 2, and keeps them', async () => {
  let log = open();
  const { told, end } = await replayed(log);
  const positions = told.map(([position]) => position);
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  // One for each header, and one for what may have been lost.
  const identifiers = told.filter(([, { type }]) => type === 'identifiers');
  expect(identifiers.length).toBe(log.recovered.segments + 1);
  expect(log.recovered.segments).toBeGreaterThan(1);
  expect(told.filter(([, { type }]) => type === 'message').length).toBeGreaterThan(20);
  expect((await replayed(log)).told).toEqual(told);

  log.checkpointBytes = 64;
  log.onSegment = checkpointOf(log);
  await log.start();
  const position = log.append(fill(new Event(), { type: 'done', slot: 1, order: 2 }));
  expect(position).toBeGreaterThan(end);
  await log.flush();
  const since = (await replayed(log, end)).told;
  expect(since.map(([, { type }]) => type)).toEqual(['identifiers', 'done']);
  // The oldest goes: the others stay where they were.
  const { to } = log.oldest();
  await log.freeOldest();
  await log.close();

  log = open();
  const again = (await replayed(log)).told;
  expect(again.slice(0, -1)).toEqual([...told.filter(([at]) => at >= to).slice(0, -1), ...since]);
  expect(again.at(-1)![1].type).toBe('identifiers');
  await log.close();
});
