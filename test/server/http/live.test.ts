import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { expect, it, onTestFinished, vi } from 'vitest';
import { LiveHub } from '../../../server/http/live/live-hub.ts';
import { topicOf } from '../../../server/http/live/topics.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { until } from '../../helpers/until.ts';
import { fail, withApi } from './with-api.ts';

/** A client of the stream: what it has got so far. */
class Follower {
  readonly #request: ClientRequest;
  text = '';
  isEnded = false;
  response!: IncomingMessage;

  private constructor(sent: ClientRequest) {
    this.#request = sent;
  }

  static async of(url: string, topics: string): Promise<Follower> {
    const sent = request(`${url}/api/v1/live?topics=${encodeURIComponent(topics)}`, { agent: false });
    const follower = new Follower(sent);
    onTestFinished(() => follower.close());
    sent.on('error', () => {});
    sent.end();
    follower.response = await new Promise<IncomingMessage>((resolve) => sent.once('response', resolve));
    follower.response.setEncoding('utf8').on('data', (chunk) => {
      follower.text += chunk;
    });
    follower.response
      .on('error', () => {})
      .on('close', () => {
        follower.isEnded = true;
      });
    return follower;
  }

  /** The data of the events of a topic. */
  // biome-ignore lint/suspicious/noExplicitAny: it is parsed JSON
  of(topic: string): any[] {
    return this.text
      .split('\n\n')
      .map((event) => /^event: (.*)\ndata: (.*)$/.exec(event))
      .filter((found) => found?.[1] === topic)
      .map((found) => JSON.parse(found?.[2] as string));
  }

  close(): void {
    this.#request.destroy();
  }
}

it('a stream tells at once how everything is, and then what changes', async () => {
  const { server, api, client } = await withApi();
  await client.set('a', '1');
  const follower = await Follower.of(server.url, 'overview,queue:a,queue:ü,failed,actions');
  const { statusCode, headers } = follower.response;
  expect([statusCode, headers['content-type'], headers['x-accel-buffering']]).toEqual([
    200,
    'text/event-stream',
    'no',
  ]);
  const none = `queue:~${Buffer.from('ü').toString('base64url')}`;
  const topics = ['overview', none, 'failed', 'actions'];
  await until(() => topics.every((topic) => follower.of(topic).length > 0));
  expect(follower.text.startsWith('retry: 2000\n\n')).toBe(true);
  expect(follower.of('overview')[0]).toMatchObject({ queues: 1, ready: 1 });
  expect(follower.of(none)).toEqual([null]);
  expect(follower.of('failed')).toEqual([{ items: [], next: null }]);
  await fail(client, 'b', 'bad');
  await until(() => follower.of('failed').length > 1);
  expect(follower.of('failed')).toEqual([{ items: [], next: null }, (await api.get('/failed/groups')).json]);
  await until(() => follower.of('overview').some(({ failed }) => failed === 1));
  // What has not changed is not told again.
  expect(follower.of('actions')).toHaveLength(1);
  await server.stop();
  await until(() => follower.isEnded);
});

it('there are so many streams and no more, until one ends', async () => {
  const { server, api } = await withApi();
  const followers = await Promise.all(
    Array.from({ length: 64 }, () => Follower.of(server.url, 'workers,schedule')),
  );
  expect(followers.map(({ response }) => response.statusCode)).toEqual(followers.map(() => 200));
  const { status, json, headers } = await api.get('/live?topics=workers');
  expect([status, json.code]).toEqual([503, 'busy']);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  followers[0]?.close();
  await until(async () => {
    const one = await Follower.of(server.url, 'workers');
    one.close();
    return one.response.statusCode === 200;
  });
});

it('what is no topic is refused', async () => {
  const { api } = await withApi();
  for (const topics of ['weather', 'queue:', 'overview,', 'constructor']) {
    const { status, json } = await api.get(`/live?topics=${topics}`);
    expect([topics, status, json.errors[0].pointer]).toEqual([topics, 422, '/topics']);
  }
  const many = Array.from({ length: 17 }, (_, i) => `queue:${i}`).join();
  expect((await api.get(`/live?topics=${many}`)).status).toBe(422);
  expect((await api.get('/live')).status).toBe(400);
});

/** Topics that answer with what `now` has; how often each was asked. */
function asked(now: { text: string }) {
  const ask = vi.fn((_path: string) => new Response(now.text));
  return { hub: new LiveHub(ask), ask };
}

const names = (...topics: string[]) =>
  topics.map((topic) => topicOf(topic) as NonNullable<ReturnType<typeof topicOf>>);

/** What a stream has ready. */
async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value);
}

it('a topic is asked once a second, however many follow it, and not when nobody does', async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const now = { text: '1' };
  const { hub, ask } = asked(now);
  const readers = Array.from({ length: 10 }, () => hub.open(names('workers')).getReader());
  await vi.advanceTimersByTimeAsync(5000);
  ask.mockClear();
  now.text = '2';
  await vi.advanceTimersByTimeAsync(1000);
  expect(ask).toHaveBeenCalledTimes(1);
  for (const reader of readers) {
    const texts = [await read(reader), await read(reader), await read(reader)];
    expect(texts).toEqual(['retry: 2000\n\n', 'event: workers\ndata: 1\n\n', 'event: workers\ndata: 2\n\n']);
  }
  await Promise.all(readers.map((reader) => reader.cancel()));
  expect(hub.size).toBe(0);
  await vi.advanceTimersByTimeAsync(2000);
  ask.mockClear();
  await vi.advanceTimersByTimeAsync(5000);
  expect(ask).not.toHaveBeenCalled();
});

it('a stream on which nothing happens has a comment every 15 seconds', async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const { hub } = asked({ text: '1' });
  const reader = hub.open(names('workers')).getReader();
  await vi.advanceTimersByTimeAsync(46_000);
  const texts: string[] = [];
  for (let i = 0; i < 5; i++) texts.push(await read(reader));
  expect(texts.slice(2)).toEqual([':\n\n', ':\n\n', ':\n\n']);
});

it('a slow reader gets the newest, and one that takes nothing for a minute is let go', async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const now = { text: '' };
  const { hub } = asked(now);
  const slow = hub.open(names('workers')).getReader();
  hub.open(names('schedule'));
  for (let second = 1; second <= 40; second++) {
    now.text = String(second).padEnd(10_000, '.');
    await vi.advanceTimersByTimeAsync(1000);
  }
  const seen: number[] = [];
  while (seen.at(-1) !== 40)
    seen.push(...[...(await read(slow)).matchAll(/data: (\d+)/g)].map(([, n]) => Number(n)));
  // As much as fits into its bound, and then the last one.
  expect(seen.length).toBeLessThan(12);
  expect(hub.size).toBe(2);
  for (let second = 1; second <= 120; second++) {
    now.text = String(second).padEnd(10_000, '-');
    await vi.advanceTimersByTimeAsync(1000);
  }
  await expect(slow.read()).rejects.toThrow('stalled');
  expect(hub.size).toBe(0);
});
