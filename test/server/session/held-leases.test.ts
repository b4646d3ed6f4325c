import { expect, it } from 'vitest';
import { type HeldLease, HeldLeases } from '../../../server/session/held-leases.ts';
import { TestEngine } from '../../helpers/local-engine.ts';

it('are held as long as the engine holds them, however late the connection learned of it', async () => {
  const test = await TestEngine.openInMemory();
  const leases = new HeldLeases(test.engine);
  for (const queue of ['a', 'b']) await test.enqueue(queue, 'job');
  const lease = await test.reserve('a', { mode: 'lease', leaseMs: 60_000 });
  const read = await test.reserve('b', { mode: 'open' });
  leases.hold('a', lease?.token ?? 0, false);
  leases.hold('b', read?.token ?? 0, true);
  expect(leases.queues()).toEqual(['a', 'b']);
  await test.release(lease?.token ?? 0, 'abort');
  // An open read lasts until its client ends it.
  await test.release(read?.token ?? 0, 'abort');
  expect(leases.queues()).toEqual(['b']);
  expect(leases.hasLease('a')).toBe(true);
  await test.close();
});

it('what was to be ended and was not is held again, or goes back where the client has gone meanwhile', async () => {
  const test = await TestEngine.openInMemory();
  const leases = new HeldLeases(test.engine);
  await test.enqueue('q', 'job');
  const read = await test.reserve('q', { mode: 'open' });
  leases.hold('q', read?.token ?? 0, true);
  const held = leases.take('q');
  expect(leases.has('q')).toBe(false);
  leases.restore(held as HeldLease);
  expect(leases.token('q')).toBe(read?.token);
  leases.take('q');
  leases.close(false);
  expect(await test.take('q')).toBeUndefined();
  leases.restore(held as HeldLease);
  expect(await test.takeText('q')).toBe('job');
  await test.close();
});
