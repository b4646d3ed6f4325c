import { expect, it } from 'vitest';
import type { Answer } from '../../../dashboard/live/environment.ts';
import { Poll } from '../../../dashboard/live/poll.ts';
import { SimulatedTime } from './simulated-time.ts';

/** A poll of a server that answers with what `now` has, after 100 ms. */
function polled() {
  const time = new SimulatedTime(() => 0.5);
  const now: { status: number; text: string; isAway: boolean } = { status: 200, text: '1', isAway: false };
  const asked: { at: number; path: string; etag: string | undefined; signal: AbortSignal }[] = [];
  const clock = { now: () => time.now, after: (ms: number, call: () => void) => time.after(ms, call) };
  const ask = async (path: string, { etag, signal }: { etag: string | undefined; signal: AbortSignal }) => {
    asked.push({ at: time.now, path, etag, signal });
    await new Promise<void>((resolve) => time.after(100, resolve));
    if (now.isAway) throw new Error('away');
    const tag = `"${now.text}"`;
    const answer: Answer = { status: etag === tag ? 304 : now.status, etag: tag, text: now.text };
    return answer;
  };
  const poll = new Poll({ clock, random: () => 1, ask }, () => {});
  return { time, now, asked, poll, at: () => asked.map(({ at }) => at) };
}

it('asks while it is seen, with what it has, and at once when it is seen again', async () => {
  const { time, now, asked, poll, at } = polled();
  poll.follow('/queues', 1000);
  await time.pass(5000);
  expect(asked).toEqual([]);
  expect(poll.state).toEqual({ text: undefined, problem: undefined, isLoading: true });
  poll.setSeen(true);
  await time.pass(1500);
  expect(poll.state).toEqual({ text: '1', problem: undefined, isLoading: false });
  expect(asked.map(({ etag }) => etag)).toEqual([undefined, '"1"']);
  expect(at()).toEqual([5000, 6100]);
  now.text = '2';
  await time.pass(1000);
  expect(poll.state.text).toBe('2');
  poll.setSeen(false);
  await time.pass(60_000);
  expect(asked).toHaveLength(3);
  poll.setSeen(true);
  await time.pass(0);
  expect(asked).toHaveLength(4);
  poll.close();
  await time.pass(60_000);
  expect(asked).toHaveLength(4);
  expect(asked[3]?.signal.aborted).toBe(true);
});

it('keeps what there is while another path is loaded, of which an earlier answer is not taken', async () => {
  const { time, now, asked, poll } = polled();
  poll.setSeen(true);
  poll.follow('/queues?q=a', 1000);
  await time.pass(200);
  poll.follow('/queues?q=b', 1000);
  await time.pass(50);
  expect(poll.state).toMatchObject({ text: '1', isLoading: true });
  now.text = '3';
  poll.follow('/queues?q=c', 1000);
  await time.pass(70);
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([false, true, false]);
  expect(poll.state).toMatchObject({ text: '1', isLoading: true });
  await time.pass(50);
  expect(poll.state).toMatchObject({ text: '3', isLoading: false });
  poll.follow(undefined, 1000);
  await time.pass(5000);
  expect(asked).toHaveLength(3);
  expect(poll.state.isLoading).toBe(false);
});

it('keeps what it has of a server that is away, and asks less and less often', async () => {
  const { time, now, poll, at } = polled();
  poll.setSeen(true);
  poll.follow('/queues', 1000);
  await time.pass(200);
  now.isAway = true;
  await time.pass(60_000);
  expect(poll.state).toMatchObject({ text: '1', problem: { status: 0, code: 'unreachable' } });
  const waits = at().map((each, i, all) => each - (all[i - 1] ?? 0) - 100);
  expect(waits.slice(2, 9)).toEqual([1000, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  now.isAway = false;
  await time.pass(12_000);
  expect(poll.state).toEqual({ text: '1', problem: undefined, isLoading: false });
});

it.each([401, 403, 404, 422])(
  'rests after %i, until there is another path, or somebody asks',
  async (status) => {
    const { time, now, asked, poll } = polled();
    poll.setSeen(true);
    poll.follow('/queues/a', 1000);
    await time.pass(200);
    now.status = status;
    now.text = JSON.stringify({ code: 'no', status });
    await time.pass(60_000);
    expect(asked).toHaveLength(2);
    expect(poll.state).toMatchObject({ text: undefined, problem: { status, code: 'no' }, isLoading: false });
    poll.setSeen(false);
    poll.setSeen(true);
    await time.pass(5000);
    expect(asked).toHaveLength(2);
    poll.refresh();
    await time.pass(5000);
    expect(asked).toHaveLength(3);
    now.status = 200;
    poll.follow('/queues/b', 1000);
    await time.pass(200);
    expect(poll.state).toMatchObject({ problem: undefined, text: now.text });
  },
);
