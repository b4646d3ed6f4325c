import { expect, it, onTestFinished } from 'vitest';
import { readsOf } from '../../../dashboard/live/ask.ts';
import { streamsOf } from '../../../dashboard/live/connect.ts';
import type { Connectedness } from '../../../dashboard/live/connection-state.ts';
import type { Environment } from '../../../dashboard/live/environment.ts';
import { LiveTab } from '../../../dashboard/live/live-tab.ts';
import { until } from '../../helpers/until.ts';
import { withApi } from '../../server/http/with-api.ts';

/** A tab that is alone, of a real server: what it has seen. */
function tabOf(url: string) {
  const api = `${url}/api/v1`;
  const environment: Environment = {
    clock: {
      now: () => performance.now(),
      after: (ms, call) => {
        const timer = setTimeout(call, ms);
        return () => clearTimeout(timer);
      },
    },
    random: Math.random,
    ask: readsOf(api),
    connect: streamsOf(api),
    openChannel: undefined,
    requestLock: undefined,
  };
  const states: Connectedness[] = [];
  const tab = new LiveTab(environment, 'a', (state) => states.push(state));
  onTestFinished(() => tab.setVisible(false));
  tab.setVisible(true);
  return { tab, states };
}

it('a tab sees at once how everything is, and then what changes', async () => {
  const { server, client } = await withApi({ args: [] });
  const { tab, states } = tabOf(server.url);
  const seen: { ready: number }[] = [];
  tab.subscribe('overview', (value) => seen.push(value as { ready: number }));
  const queues: unknown[] = [];
  tab.subscribe('queue:a', (value) => queues.push(value));
  await until(() => seen.length > 0 && queues.length > 0);
  expect(seen[0]).toMatchObject({ ready: 0 });
  expect(queues[0]).toBeNull();
  await client.set('a', '1');
  await until(() => seen.at(-1)?.ready === 1);
  await until(() => (queues.at(-1) as { ready: number } | null)?.ready === 1);
  expect(states.map(({ state }) => state)).toEqual(['connecting', 'live']);
  tab.setVisible(false);
  expect(states.at(-1)?.state).toBe('asleep');
  tab.setVisible(true);
  await until(() => states.at(-1)?.state === 'live');
});
