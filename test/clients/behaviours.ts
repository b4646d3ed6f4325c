import { expect, vi } from 'vitest';
import { PROTOCOL_VERSION, VERSION } from '../../shared/version.ts';
import type { TestServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import type { Driver } from './driver.ts';

/** What a behaviour is tried with. */
export interface Bench {
  readonly server: TestServer;
  readonly driver: Driver;
  /** A process of its own, with the same client. */
  another(): Driver;
  /** Whether the client compresses long values. */
  readonly compresses: boolean;
}

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
/** Ends of lines and words of the protocol, where a client that looks for them would stumble. */
const CONFUSING = Buffer.from('a\r\nEND\r\nVALUE q 0 1\r\nSTORED\r\n\\\n\0');
const MILLION = 'memq '.repeat(200_000);

/** What every client is expected to do, each in a queue of its own. */
export const BEHAVIOURS = {
  'takes in the order of the sets': async ({ driver }, queue) => {
    for (let i = 0; i < 20; i++) await driver.set(queue, `job ${i}`);
    const taken: unknown[] = [];
    for (let i = 0; i < 20; i++) taken.push(String(await driver.get(queue)));
    expect(taken).toEqual(Array.from({ length: 20 }, (_, i) => `job ${i}`));
  },

  'sees an empty queue as a miss': async ({ driver }, queue) => {
    expect(await driver.get(queue)).toBeUndefined();
    await driver.set(queue, 'a');
    await driver.get(queue);
    expect(await driver.get(queue)).toBeUndefined();
  },

  'my:memq:test': async ({ server, driver }) => {
    await driver.set('my:memq:test', "saveToLocal('hi')");
    expect(await rawly(server, driver, 'my:memq:test')).toMatchObject({ body: "saveToLocal('hi')" });
    await driver.set('my:memq:test', "saveToLocal('hi')");
    expect(String(await driver.get('my:memq:test'))).toBe("saveToLocal('hi')");
  },

  'a name in UTF-8': async ({ driver }, queue) => {
    await driver.set(`${queue}-队列`, 'a');
    expect(String(await driver.get(`${queue}-队列`))).toBe('a');
  },

  'UTF-8 in a payload': async ({ server, driver }, queue) => {
    const text = "saveToLocal('哈哈 😀 ü')";
    await driver.set(queue, text);
    expect(await rawly(server, driver, queue)).toMatchObject({ body: Buffer.from(text).toString('latin1') });
    await driver.set(queue, text);
    expect(String(await driver.get(queue))).toBe(text);
  },

  'any bytes in a payload': async ({ server, driver }, queue) => {
    for (const bytes of [ALL_BYTES, CONFUSING]) {
      await driver.set(queue, bytes);
      expect(await rawly(server, driver, queue)).toMatchObject({ body: bytes.toString('latin1') });
      await driver.set(queue, bytes);
      expect(await driver.get(queue)).toEqual(bytes);
    }
  },

  'a payload of 1,000,000 bytes': async ({ driver }, queue) => {
    await driver.set(queue, MILLION);
    await driver.set(queue, 'after');
    expect(String(await driver.get(queue)) === MILLION).toBe(true);
    expect(String(await driver.get(queue))).toBe('after');
  },

  'its own flags and compression': async ({ server, driver, compresses }, queue) => {
    await driver.setOwn(queue);
    const stored = await rawly(server, driver, `${queue}/peek`);
    expect(stored?.flags).toBeGreaterThan(0);
    if (compresses) expect(stored?.body.length).toBeLessThan(5000);
    await driver.getOwn(queue);
  },

  'multi-get': async ({ driver }, queue) => {
    const queues = [1, 2, 3].map((i) => `${queue}-${i}`);
    await driver.set(queues[0], 'a');
    await driver.set(queues[2], 'c');
    await driver.set(queues[2], 'd');
    expect((await driver.many(queues)).map((value) => value?.toString())).toEqual(['a', undefined, 'c']);
    expect((await driver.many(queues)).map((value) => value?.toString())).toEqual([
      undefined,
      undefined,
      'd',
    ]);
  },

  'delete drops the queue': async ({ driver }, queue) => {
    await driver.set(queue, 'a');
    await driver.set(queue, 'b');
    expect(await driver.delete(queue)).toBe(true);
    expect(await driver.get(queue)).toBeUndefined();
    await driver.set(queue, 'c');
    expect(String(await driver.get(queue))).toBe('c');
  },

  'delete tells whether there was a queue': async ({ driver }, queue) => {
    expect(await driver.delete(queue)).toBe(false);
  },

  stats: async ({ server, driver }) => {
    expect(await driver.stat('pid')).toBe(String(server.pid));
  },

  version: async ({ driver }) => {
    // Some show the numbers only.
    const version = await driver.version();
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    // Some ask for the statistics instead, which have the server's own.
    expect(
      [PROTOCOL_VERSION, VERSION].some((each) => each.startsWith(version)),
      version,
    ).toBe(true);
  },

  'waits for a job': async ({ server, driver }, queue) => {
    using other = await TextClient.connect(server.port);
    const gets = async () => Number((await other.stats()).get('cmd_get'));
    const before = await gets();
    const setWhenItWaits = async () => {
      await vi.waitFor(async () => expect(await gets()).toBeGreaterThan(before), {
        timeout: 60_000,
        interval: 5,
      });
      await other.set(queue, 'a');
    };
    const [got] = await Promise.all([driver.get(`${queue}/t=8000`), setWhenItWaits()]);
    expect(String(got)).toBe('a');
  },

  'open and close': async ({ server, driver }, queue) => {
    await driver.set(queue, 'a');
    await driver.set(queue, 'b');
    expect(String(await driver.get(`${queue}/open`))).toBe('a');
    expect(String(await driver.get(`${queue}/close/open`))).toBe('b');
    expect(await driver.get(`${queue}/close`)).toBeUndefined();
    expect(await rawly(server, driver, queue)).toBeUndefined();
  },

  'priorities and delays': async ({ driver }, queue) => {
    await driver.set(`${queue}/delay=0.3`, 'c');
    await driver.set(`${queue}/pri=9`, 'b');
    await driver.set(`${queue}/pri=1`, 'a');
    expect(String(await driver.get(queue))).toBe('a');
    expect(String(await driver.get(queue))).toBe('b');
    expect(String(await driver.get(`${queue}/t=8000`))).toBe('c');
  },

  'a job with an id: replaced, asked after, finished with a result, cancelled': async ({ driver }, queue) => {
    const status = async () => {
      const json = await driver.get(`${queue}/id=job-7`);
      return json && JSON.parse(String(json));
    };
    await driver.set(`${queue}/id=job-7/delay=1000`, 'a');
    await driver.set(`${queue}/id=job-7`, 'b');
    expect(await status()).toMatchObject({ id: 'job-7', state: 'waiting', attempts: 0 });
    expect(String(await driver.get(`${queue}/open`))).toBe('b');
    expect(await status()).toMatchObject({ state: 'running', attempts: 1 });
    await driver.set(`${queue}/close`, 'result');
    expect(await status()).toMatchObject({ state: 'complete', result: 'result' });
    await driver.set(`${queue}/id=job-7/every=1000`, 'c');
    expect(await driver.delete(`${queue}/id=job-7`)).toBe(true);
    expect(await status()).toMatchObject({ state: 'cancelled' });
    expect(await driver.get(queue)).toBeUndefined();
  },

  'what it has open comes back when its process dies': async ({ server, driver, another }, queue) => {
    await driver.set(queue, 'a');
    await driver.set(queue, 'b');
    const worker = another();
    expect(String(await worker.get(`${queue}/open`))).toBe('a');
    await worker.kill();
    expect(await rawly(server, driver, `${queue}/t=8000`)).toMatchObject({ body: 'a' });
    expect(String(await driver.get(queue))).toBe('b');
  },

  'two processes, two hundred jobs, each once': async ({ driver, another }, queue) => {
    const both = [driver, another()];
    await Promise.all(
      both.map(async (each, k) => {
        for (let i = 0; i < 100; i++) await each.set(queue, `${k} ${i}`);
      }),
    );
    const taken = await Promise.all(both.map((each) => drain(each, queue)));
    expect(taken.flat().sort()).toEqual(
      [0, 1].flatMap((k) => Array.from({ length: 100 }, (_, i) => `${k} ${i}`)).sort(),
    );
    // Whoever takes sees the jobs of one producer in their order.
    for (const jobs of taken) {
      for (const k of ['0 ', '1 ']) {
        const numbers = jobs.filter((job) => job.startsWith(k)).map((job) => Number(job.slice(2)));
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
    }
  },

  'takes again after the server was restarted': async ({ server, driver }, queue) => {
    await driver.set(queue, 'before');
    await rawly(server, driver, `${queue}/peek`);
    await server.restart();
    expect(String(await untilItWorks(() => found(driver.get(queue))))).toBe('before');
    await driver.set(queue, 'after');
    expect(String(await driver.get(queue))).toBe('after');
  },

  'loses no set unnoticed when the server is restarted': async ({ server, driver }, queue) => {
    await driver.set(queue, 'before');
    await rawly(server, driver, `${queue}/peek`);
    await server.restart();
    await untilItWorks(() => driver.set(queue, 'after'));
    expect([await driver.get(queue), await driver.get(queue), await driver.get(queue)].map(String)).toEqual([
      'before',
      'after',
      'undefined',
    ]);
  },
} satisfies Record<string, (bench: Bench, queue: string) => Promise<void>>;

export type Behaviour = keyof typeof BEHAVIOURS;

/** What lies in the queue for any other client: the flags and the body, one character a byte. */
async function rawly(
  server: TestServer,
  driver: Driver,
  key: string,
): Promise<{ flags: number; body: string } | undefined> {
  // What went before without waiting for an answer has been done when this is answered.
  await driver.get('nothing-here');
  using client = await TextClient.connect(server.port);
  client.send(`get ${key}\r\n`);
  const match = /^VALUE \S+ (\d+) (\d+)$/.exec((await client.line()) ?? '');
  if (match === null) return undefined;
  const body = await client.bytes(Number(match[2]));
  return { flags: Number(match[1]), body: body.toString('latin1') };
}

async function drain(driver: Driver, queue: string): Promise<string[]> {
  const taken: string[] = [];
  for (let job = await driver.get(queue); job !== undefined; job = await driver.get(queue))
    taken.push(String(job));
  return taken;
}

/** Some clients show an error as a miss. */
async function found(value: Promise<Buffer | undefined>): Promise<Buffer> {
  return (await value) ?? expect.fail('a miss');
}

/** Clients leave a server that went away alone for a while; nothing tells when they try again. */
function untilItWorks<T>(attempt: () => Promise<T>): Promise<T> {
  return vi.waitFor(attempt, { timeout: 60_000, interval: 50 });
}
