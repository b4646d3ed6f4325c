import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { amount } from '../../helpers/amount.ts';
import { liveMemory, tellingMemory } from '../../helpers/live-memory.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

/** So many that what a queue takes stands out from what a process takes anyway. */
const QUEUES = amount(40_000, 100_000);
const PAGE = 1000;
/** What a queue may cost beyond its message. */
const BYTES_PER_QUEUE = 1024;
const ARGS = ['--cache-size', '1m', '--segment-size', '4m'];

const it = withServer(ARGS, undefined, tellingMemory());

function name(i: number): string {
  return `site:${i}:mail`;
}

/** Sends commands in pieces, each answered before the next, and hands on the answers. */
async function inPieces(to: TextClient, count: number, command: (i: number) => string): Promise<string[]> {
  const answers: string[] = [];
  for (let first = 0; first < count; first += PAGE) {
    const length = Math.min(PAGE, count - first);
    const piece = Array.from({ length }, (_, i) => command(first + i));
    answers.push(await to.exchange(piece.join('')));
  }
  return answers;
}

/** As many messages as there are to be queues. */
async function fill(to: TextClient, queue: (i: number) => string): Promise<void> {
  const body = 'x'.repeat(64);
  const stored = await inPieces(to, QUEUES, (i) => `set ${queue(i)} 0 0 64\r\n${body}\r\n`);
  expect(new Set(stored.flatMap((answer) => answer.split('\n')))).toEqual(new Set(['STORED']));
}

/** A page without the ages, which go on between two answers. */
function ageless(page: Map<string, string>): Map<string, string> {
  return new Map([...page].filter(([key]) => !key.endsWith(':oldest_age')));
}

/** All pages of `stats queues`, each as the names of its queues. */
async function pages(stats: (topic: string) => Promise<Map<string, string>>): Promise<string[][]> {
  const all: string[][] = [];
  for (let topic = 'queues'; ; ) {
    const page = await stats(topic);
    const names = [...page.keys()].filter((key) => key.endsWith(':waiting'));
    all.push(names.map((key) => key.slice(0, -':waiting'.length)));
    const next = page.get('$next');
    if (next === undefined) return all;
    topic = `queues ${next}`;
  }
}

it.beforeAll(async ({ server }) => {
  using client = await TextClient.connect(server.port);
  await fill(client, name);
});

// To make them takes so long that it is done once. The last one takes all messages.
describe(`${QUEUES} queues`, { shuffle: false }, () => {
  it('with a message each cost at most 1 KB each, beyond the message', async ({ server, client }) => {
    expect((await client.stats()).get('queues')).toBe(String(QUEUES));
    await using single = await startServer({ args: ARGS, prefix: tellingMemory() });
    using other = await TextClient.connect(single.port);
    await fill(other, () => 'single');
    const growth = (await liveMemory(server)) - (await liveMemory(single));
    expect(growth / QUEUES).toBeLessThan(BYTES_PER_QUEUE);
  });

  it('are told of in pages, each queue once', async ({ client }) => {
    const told = await pages((topic) => client.stats(topic));
    expect(told).toHaveLength(QUEUES / PAGE);
    for (const page of told) expect(page).toHaveLength(PAGE);
    expect(new Set(told.flat()).size).toBe(QUEUES);
    expect(new Set(told.flat())).toContain(name(QUEUES - 1));
  });

  it('are the same in the binary protocol', async ({ client, binary }) => {
    const first = await client.stats('queues');
    expect(ageless(await binary.stats('queues'))).toEqual(ageless(first));
    const topic = `queues ${first.get('$next')}`;
    expect(ageless(await binary.stats(topic))).toEqual(ageless(await client.stats(topic)));
  });

  it('are all in one answer of stats queue, while others are served', async ({ client, other }) => {
    client.send('stats queue\r\nversion\r\n');
    expect(await other.getText(`${name(7)}/peek`)).toHaveLength(64);
    const counts = new Map<string, string>();
    for (let line = await client.line(); line !== 'END'; line = await client.line()) {
      const [, queue, figures] = line!.split(' ');
      counts.set(queue, figures);
    }
    expect(counts.size).toBe(QUEUES);
    expect(new Set(counts.values())).toEqual(new Set(['1/0']));
    expect(await client.line()).toMatch(/^VERSION/);
  });

  it('are left by who asks for all of them and goes', async ({ server, client }) => {
    for (let i = 0; i < 20; i++) {
      const gone = await TextClient.connect(server.port);
      gone.send('stats queue\r\nstats queue\r\n');
      // By now the server is at it.
      await client.ask('version');
      gone.socket.resetAndDestroy();
    }
    await until(async () => (await client.stats()).get('curr_connections') === '1');
  });

  it('survive a restart', async ({ server, client }) => {
    await server.restart();
    await client.reconnect();
    expect((await client.stats()).get('queues')).toBe(String(QUEUES));
  });

  it('are taken from by a list of all, one after the other, without a look at each', async ({ client }) => {
    await client.set('$watch', '*');
    const answers = await inPieces(client, QUEUES, () => 'get $watch\r\n');
    expect(answers.join('\n').match(/^VALUE \$watch 0 64$/gm)).toHaveLength(QUEUES);
    // The queues are there still, and none of them has anything.
    expect(await client.get('$watch')).toEqual([]);
    await client.set(name(QUEUES / 2), 'again');
    expect(await client.getText('$watch')).toBe('again');
  });
});

describe('a page', () => {
  it('has what was there all the time, whatever comes and goes between', async ({ client }) => {
    const first = await client.stats('queues');
    const early = [...first.keys()].find((key) => key.endsWith(':waiting'))!.slice(0, -':waiting'.length);
    await client.exchange(`delete ${early}\r\nset new:1 0 0 1\r\nx\r\nset new:2 0 0 1\r\nx\r\n`);
    const rest = await pages((topic) =>
      client.stats(topic === 'queues' ? `queues ${first.get('$next')}` : topic),
    );
    const told = new Set(rest.flat());
    for (const key of first.keys()) if (key.endsWith(':waiting')) told.add(key.slice(0, -':waiting'.length));
    const missing = Array.from({ length: QUEUES }, (_, i) => name(i)).filter((each) => !told.has(each));
    expect(missing).toEqual([]);
    const body = 'x'.repeat(64);
    await client.exchange(`delete new:1\r\ndelete new:2\r\nset ${early} 0 0 64\r\n${body}\r\n`);
  });

  it('behind the last one is empty; from nowhere is refused', async ({ client }) => {
    expect((await client.stats(`queues ${QUEUES * 10}`)).size).toBe(0);
    for (const cursor of ['x', '-1', '1.5', '1e3', '1 2', '$next', '9999999999999999999'])
      expect(await client.ask(`stats queues ${cursor}`)).toMatch(
        /^CLIENT_ERROR stats "queues .*" is not known/,
      );
    expect(await client.ask('stats queue 5')).toMatch(/^CLIENT_ERROR/);
  });
});
