import { beforeEach, expect, it, vi } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { TestEngine } from '../../helpers/local-engine.ts';

beforeEach(() => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
it('a run that is discarded for another message comes again at its time, with nobody asking for anything', async () => {
  const policy = { ...DEFAULT_POLICY, maxItems: 2, whenFull: 'drop_oldest' } as const;
  const engine = await TestEngine.openInMemory({ policy: () => policy });
  await engine.enqueue('q', 'run', { jobId: 'job', everyMs: 1000 });
  await engine.enqueue('q', 'first');
  // All in one turn: nothing else has the engine look at its timers afterwards.
  void engine.enqueue('q', 'second');
  const taken = engine.takeText('q');
  const waiting = engine.takeText('q', { waitMs: 60_000 });
  expect(await taken).toBe('second');
  await new Promise(setImmediate);
  vi.advanceTimersByTime(1000);
  expect(await waiting).toBe('run');
  await engine.close();
});
