import { describe, expect, it } from 'vitest';
import { REST, type Scrape, scraped, scrapeUntil } from '../../helpers/exposition.ts';
import { served } from './served.ts';

describe('labels', () => {
  it('are names as they are, or keys where these are no text', async () => {
    const { server, client } = await served();
    const names: readonly (readonly [bytes: string | Buffer, label: string])[] = [
      ['a"b\\c{}', 'a"b\\c{}'],
      ['Ünïcode', 'Ünïcode'],
      ['a\u0001b', '~YQFi'],
      [Buffer.from([0xff]), '~_w'],
      // Not that of the one before.
      ['~_w', '~fl93'],
    ];
    for (const [name] of names)
      expect(
        await client.ask(Buffer.concat([Buffer.from('set '), Buffer.from(name), Buffer.from(' 0 0 1\r\nx')])),
      ).toBe('STORED');
    expect((await scraped(server.url)).queues.toSorted()).toEqual(names.map(([, label]) => label).toSorted());
  });
});

describe('which queues have series', () => {
  it('are the deepest and most active; the others have one together', async () => {
    const { server, client } = await served({ args: ['--metrics-queues', '2'] });
    for (const [queue, count] of Object.entries({ a: 1, b: 3, c: 2, d: 1 }))
      for (let i = 0; i < count; i++) await client.set(queue, 'x');
    const scrape = await scraped(server.url);
    expect(scrape.queues.toSorted()).toEqual(['b', 'c']);
    expect(scrape.value('memq_queue_messages', { ...REST, state: 'ready' })).toBe(2);
    expect([scrape.enqueued('b'), scrape.enqueued('c'), scrape.enqueued('')]).toEqual([3, 2, 2]);
  });

  it('keep them until they are gone; then another one has the place, and nothing falls', async () => {
    const { server, client } = await served({ args: ['--metrics-queues', '1'] });
    await client.set('a', 'x');
    const first = await scraped(server.url);
    expect([first.enqueued('a'), first.enqueued('')]).toEqual([1, 0]);
    for (let i = 0; i < 5; i++) await client.set('b', 'x');
    const second = await scrapeUntil(server.url, (each) => each.enqueued('') === 5);
    expect(second.queues).toEqual(['a']);
    await client.ask('delete a');
    await client.set('c', 'x');
    const third = await scrapeUntil(server.url, (each) => each.queues.includes('b'));
    expect(third.queues).toEqual(['b']);
    // What b has had before is in both; what has come since is told once.
    const rest = third.enqueued('') as number;
    expect([third.enqueued('b'), rest]).toEqual([5, 6]);
    await client.set('b', 'x');
    await client.set('c', 'x');
    const fourth = await scrapeUntil(server.url, (each) => each.enqueued('b') === 6);
    expect(fourth.enqueued('')).toBe(rest + 1);
  });

  it('may be none', async () => {
    const { server, client } = await served({ args: ['--metrics-queues', '0'] });
    await client.set('a', 'x');
    const scrape = await scraped(server.url);
    expect(scrape.queues).toEqual([]);
    expect(scrape.enqueued('')).toBe(1);
  });
});

it('no counter falls, and nothing is told twice, while queues are used, dropped and reset', async () => {
  const { server, client } = await served({ args: ['--memory', '--metrics-queues', '3'] });
  let sets = 0;
  let isOver = false;
  const load = async () => {
    for (let i = 0; !isOver; i++) {
      const queue = `q${i % 7}`;
      expect(await client.set(queue, 'x')).toBe('STORED');
      sets++;
      if (i % 3 === 0) await client.getText(queue);
      if (i % 3 === 1) {
        await client.getText(`${queue}/open`);
        await client.set(`${queue}/close`, '');
      }
      if (i % 50 === 49) await client.ask(`delete q${((i / 50) | 0) % 7}`);
      if (i % 70 === 69) await client.ask('stats reset');
    }
  };
  const commands = (scrape: Scrape) => scrape.value('memq_commands_total', { command: 'set' }) as number;
  let before = await scraped(server.url);
  let told = 0;
  const compare = async (isRight: (scrape: Scrape) => boolean) => {
    const now = await scrapeUntil(server.url, isRight);
    const { rising } = now;
    for (const [series, value] of before.rising) {
      const next = rising.get(series);
      // The series of a queue that is gone are gone.
      if (next === undefined) expect(series).toContain('"queue":"q');
      else {
        expect(next, series).toBeGreaterThanOrEqual(value);
        if (series.startsWith('memq_messages_enqueued_total')) told += next - value;
      }
    }
    before = now;
  };
  const done = load();
  for (let round = 0; round < 3; round++) {
    const since = commands(before);
    await compare((scrape) => commands(scrape) > since);
  }
  isOver = true;
  await done;
  await compare(
    (scrape) =>
      scrape.value('memq_connections') === 1 && scrape.series('memq_messages_enqueued_total').length > 0,
  );
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThanOrEqual(sets);
});
