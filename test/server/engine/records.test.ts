import { expect, it } from 'vitest';
import { MemoryLog } from '../../../server/engine/log/memory/memory-log.ts';
import { Records } from '../../../server/engine/records.ts';
import { row } from '../../../server/engine/state/message-table.ts';
import { DamagedError } from '../../../shared/errors.ts';
import { TestEngine } from '../../helpers/local-engine.ts';

it('takes no other message for the one that is asked for', async () => {
  const log = MemoryLog.open({ segmentSize: 64 * 1024 });
  const engine = await TestEngine.openOn(log);
  await engine.enqueue('mail', 'one');
  await engine.enqueue('mail', 'two');
  const { state } = engine;
  const [first, second] = [...state.table.slots()] as [number, number];
  const records = new Records(log, state, () => {});
  expect((await records.load(first)).order).toBe(state.orderOf(first));

  // As in a database that was put back, and has gone on otherwise.
  const { position } = state.table.page(first);
  position[row(first)] = state.table.page(second).position[row(second)]!;
  await expect(records.load(first)).rejects.toBeInstanceOf(DamagedError);
});
