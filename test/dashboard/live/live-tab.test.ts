import { describe, expect, it } from 'vitest';
import { TOPICS, World } from './world.ts';

describe.each(['locks', 'beats'] as const)('tabs with %s', (kind) => {
  it('have one stream together, with what all of them show', async () => {
    const world = new World(1, kind);
    const tabs = Array.from({ length: 7 }, (_, i) => world.open('overview', `queue:q${i}`));
    await world.time.pass(2000);
    expect(world.topicsOfStreams).toEqual([['overview', ...tabs.map((_, i) => `queue:q${i}`)].sort()]);
    world.change('overview');
    await world.time.pass(1500);
    expect(tabs.map(({ shown }) => shown.get('overview'))).toEqual(tabs.map(() => 1));
    expect(world.server.asked).toEqual([]);
  });

  it('a new one knows at once what others show already', async () => {
    const world = new World(2, kind);
    world.change('overview');
    world.open('overview');
    await world.time.pass(1000);
    const second = world.open('overview');
    await world.time.pass(500);
    expect(second.shown.get('overview')).toBe(1);
    expect(second.state).toBe('live');
  });

  it('a hidden one wants nothing, and another one leads at once', async () => {
    const world = new World(3, kind);
    const [first, second] = [world.open('overview', 'queues'), world.open('overview')];
    await world.time.pass(2000);
    first.setVisible(false);
    expect(world.streams).toBe(0);
    await world.time.pass(600);
    expect(world.topicsOfStreams).toEqual([['overview']]);
    expect([first.state, second.state]).toEqual(['asleep', 'live']);
    world.change('overview');
    await world.time.pass(1500);
    expect([first.shown.get('overview'), second.shown.get('overview')]).toEqual([0, 1]);
    first.setVisible(true);
    await world.time.pass(1000);
    expect(first.shown.get('overview')).toBe(1);
    expect(world.topicsOfStreams).toEqual([['overview', 'queues']]);
  });

  it('topics change without a gap, and those that nobody shows stay for a while', async () => {
    const world = new World(4, kind);
    const tab = world.open('overview');
    await world.time.pass(2000);
    tab.unshow('overview');
    tab.show('queues');
    await world.time.pass(1000);
    expect(world.topicsOfStreams).toEqual([['overview', 'queues']]);
    await world.time.pass(6000);
    expect(world.topicsOfStreams).toEqual([['queues']]);
    expect(world.server.opened).toBe(3);
    expect(tab.states).toEqual(['connecting', 'live']);
  });

  it('a leader that crashes is replaced', async () => {
    const world = new World(5, kind);
    const tabs = [world.open('overview'), world.open('overview'), world.open('overview')];
    await world.time.pass(2000);
    world.leader.crash();
    await world.time.pass(kind === 'locks' ? 500 : 5000);
    expect(world.streams).toBe(1);
    world.change('overview');
    await world.time.pass(1500);
    const up = tabs.filter(({ isUp }) => isUp);
    expect(up.map(({ shown }) => shown.get('overview'))).toEqual([1, 1]);
  });

  it('a leader that is frozen is missed, until it comes back', async () => {
    const world = new World(6, kind);
    const tabs = [world.open('overview'), world.open('overview')];
    await world.time.pass(2000);
    const { leader } = world;
    const other = tabs.find((tab) => tab !== leader) as (typeof tabs)[0];
    leader.freeze();
    await world.time.pass(5000);
    world.change('overview');
    await world.time.pass(3000);
    expect(other.shown.get('overview')).toBe(1);
    expect(other.state).toBe(kind === 'locks' ? 'polling' : 'live');
    leader.thaw();
    await world.time.pass(5000);
    expect(world.streams).toBe(1);
    expect(tabs.map(({ state }) => state)).toEqual(['live', 'live']);
  });
});

it('what is too much for one stream is asked for', async () => {
  const world = new World(7, 'locks');
  const tab = world.open(...TOPICS);
  await world.time.pass(1000);
  expect(world.topicsOfStreams[0]).toHaveLength(16);
  expect([...tab.shown.keys()].sort()).toEqual([...TOPICS].sort());
  const asked = new Set(world.server.asked);
  expect(asked.size).toBe(TOPICS.length - 16);
});

it.each([
  ['no-streams', 1500],
  ['silent', 6000],
] as const)(
  'where there is no stream (%s) it is asked for, and each answer is for all tabs',
  async (mode, ms) => {
    const world = new World(8, 'locks');
    world.server.setMode(mode);
    const tabs = [world.open('overview'), world.open('overview')];
    await world.time.pass(ms);
    expect(tabs.map(({ state, shown }) => [state, shown.get('overview')])).toEqual([
      ['polling', 0],
      ['polling', 0],
    ]);
    const before = world.server.asked.length;
    await world.time.pass(20_000);
    expect(world.server.asked.length - before).toBeLessThanOrEqual(10);
    world.server.setMode('ok');
    await world.time.pass(mode === 'silent' ? 70_000 : 11_000);
    expect(tabs.map(({ state }) => state)).toEqual(['live', 'live']);
  },
);

it('a server that goes and starts again is waited for', async () => {
  const world = new World(9, 'locks');
  const tabs = [world.open('overview'), world.open('overview')];
  await world.time.pass(2000);
  world.server.setMode('down');
  await world.time.pass(3000);
  expect(tabs.map(({ state, reason }) => [state, reason])).toEqual([
    ['lost', 'unreachable'],
    ['lost', 'unreachable'],
  ]);
  world.server.setMode('starting');
  await world.time.pass(11_000);
  expect(tabs.map(({ state, reason }) => [state, reason])).toEqual([
    ['lost', 'unavailable'],
    ['lost', 'unavailable'],
  ]);
  world.server.setMode('ok');
  await world.time.pass(11_000);
  expect(tabs.map(({ state, reason }) => [state, reason])).toEqual([
    ['live', undefined],
    ['live', undefined],
  ]);
});

it('one that is not let in says so and rests, until somebody wants to try again', async () => {
  const world = new World(10, 'locks');
  const tabs = [world.open('overview'), world.open('overview')];
  await world.time.pass(2000);
  world.server.setMode('down');
  await world.time.pass(2000);
  world.server.setMode('denied');
  await world.time.pass(15_000);
  expect(tabs.map(({ state, reason }) => [state, reason])).toEqual([
    ['lost', 'unauthorized'],
    ['lost', 'unauthorized'],
  ]);
  const { opened, asked } = world.server;
  const before = asked.length;
  world.server.setMode('ok');
  await world.time.pass(60_000);
  expect([world.server.opened, asked.length]).toEqual([opened, before]);
  const follower = tabs.find((tab) => tab !== world.browser.lock.holder);
  follower?.live.retryNow();
  await world.time.pass(1000);
  expect(tabs.map(({ state }) => state)).toEqual(['live', 'live']);
});

it('a connection on which nothing comes any more is replaced', async () => {
  const world = new World(11, 'locks');
  const tab = world.open('overview');
  await world.time.pass(2000);
  world.server.forgetStreams();
  world.change('overview');
  await world.time.pass(40_000);
  expect(tab.shown.get('overview')).toBe(1);
  expect(tab.state).toBe('live');
});
