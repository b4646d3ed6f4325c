import { Client, type InsertOptions } from 'memjs';
import { afterEach, describe, expect, vi } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { memjsServer } from '../../helpers/memjs.ts';
import type { TestServer } from '../../helpers/server.ts';

const it = withServer(['--memory']);

const clients: Client[] = [];
const logger = { log: vi.fn() };

it.beforeEach(async ({ server }) => {
  logger.log.mockClear();
  await connect(server).flush();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

/** As it comes, with its own retries and logger. */
function connect(server: TestServer, login: { username?: string; password?: string } = {}): Client {
  const address = memjsServer(server.port, login.username, login.password);
  const client = new Client([address], { logger });
  clients.push(client);
  return client;
}

describe.each([
  ['without a login', {}],
  ['with a login, where none is needed', { username: 'user', password: 'secret' }],
])('memjs %s', (_name, login) => {
  it('enqueues with set, add, append and prepend, and takes with get', async ({ server }) => {
    const client = connect(server, login);
    const options: InsertOptions = { expires: 60 };
    expect(await client.set('q', 'a', options)).toBe(true);
    expect(await client.add('q', Buffer.from('b'), {})).toBe(true);
    expect(await client.append('q', 'c')).toBe(true);
    // It sends APPEND.
    expect(await client.prepend('q', 'd')).toBe(true);
    for (const body of ['a', 'b', 'c', 'd']) {
      const { value, flags } = await client.get('q');
      expect(value?.toString()).toBe(body);
      expect(flags).toEqual(Buffer.alloc(4));
    }
    expect(await client.get('q')).toEqual({ value: null, flags: null });
    expect(logger.log).not.toHaveBeenCalled();
  });

  it('opens, closes, fails and aborts', async ({ server }) => {
    const client = connect(server, login);
    await client.set('q', 'job', {});
    expect((await client.get('q/open')).value?.toString()).toBe('job');
    expect((await client.get('q/abort')).value).toBeNull();
    expect((await client.get('q/open')).value?.toString()).toBe('job');
    expect(await client.set('q/fail/final', 'why', {})).toBe(true);
    expect((await client.get('q/failed')).value?.toString()).toBe('job');
  });

  it('deletes, replaces and flushes', async ({ server }) => {
    const client = connect(server, login);
    await client.set('q', 'a', {});
    expect(await client.delete('q')).toBe(true);
    expect(await client.delete('q')).toBe(false);
    expect(await client.replace('q', 'a', {})).toBe(false);
    await client.set('q', 'a', {});
    expect(Object.values(await client.flush())).toEqual([true]);
    expect((await client.get('q')).value).toBeNull();
    expect(logger.log).not.toHaveBeenCalled();
  });

  it('reads and resets statistics', async ({ server }) => {
    const client = connect(server, login);
    await client.set('counted', 'x', {});
    const stats = (topic: string) =>
      new Promise<Record<string, string> | null>((resolve, reject) => {
        client.statsWithKey(topic, (error, _server, stats) => (error ? reject(error) : resolve(stats)));
      });
    expect(await stats('')).toMatchObject({
      pid: String(server.pid),
      version: expect.stringMatching(/^[1-9]/),
    });
    expect(await stats('queue')).toMatchObject({ counted: '1/0' });
    expect(await stats('reset')).toEqual({});
    expect(await stats('queue')).toMatchObject({ counted: '0/0' });
    expect(await stats('items')).toEqual({});
  });

  it('is told what is wrong', async ({ server }) => {
    const client = connect(server, login);
    await expect(client.set('q/opne', 'x', {})).rejects.toThrow('Invalid arguments');
    await expect(client.set('q', Buffer.alloc(1_048_577), {})).rejects.toThrow('Value too large');
    await expect(client.increment('q', 1, {})).rejects.toThrow('Invalid arguments');
    expect((await client.get('q')).value).toBeNull();
  });

  it('has many requests under way on its one connection', async ({ server }) => {
    const client = connect(server, login);
    const bodies = Array.from({ length: 300 }, (_, i) => `job ${i}`);
    await Promise.all(bodies.map((body) => client.set('q', body, {})));
    const taken = await Promise.all(bodies.map(() => client.get('q')));
    expect(taken.map(({ value }) => value?.toString())).toEqual(bodies);
  });

  it('quits', async ({ server }) => {
    const client = connect(server, login);
    await client.set('q', 'x', {});
    client.quit();
    expect((await connect(server, login).get('q')).value?.toString()).toBe('x');
  });
});
