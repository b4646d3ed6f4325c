import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from './helpers/server.ts';
import { TextClient } from './helpers/text-client.ts';

const MAX_ATTEMPTS = 3;

let server: TestServer;
let client: TextClient;
let other: TextClient;

beforeAll(async () => {
  server = await startServer({ args: ['--backoff', 'fixed:0.3', '--max-attempts', String(MAX_ATTEMPTS)] });
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});
beforeEach(async () => {
  client?.close();
  other?.close();
  [client, other] = await Promise.all([TextClient.connect(server.port), TextClient.connect(server.port)]);
  await other.exchange('delete q\r\ndelete p\r\nset q 0 0 1\r\na\r\nset q 0 0 1\r\nb\r\n');
});

interface Info {
  readonly queue: string;
  readonly id: string;
  readonly attempt: number;
  readonly enqueued: number;
  readonly error?: string;
  readonly failed?: number;
}

/** A read with `/info`: what it says, and the body; undefined for none. */
async function read(key: string, from = other): Promise<(Info & { body: string }) | undefined> {
  const answer = await from.getText(key);
  if (answer === undefined) return undefined;
  const end = answer.indexOf('\n');
  return { ...(JSON.parse(answer.slice(0, end)) as Info), body: answer.slice(end + 1) };
}

/** Fails the job that is open on `q`. */
function fail(error: string | Buffer, option = 'fail'): Promise<string | undefined> {
  return client.set(`q/${option}`, error);
}

describe('what is open', () => {
  it('is hidden from others, and gone when it is closed', async () => {
    expect(await client.getText('q/open')).toBe('a');
    expect(await other.get('q q')).toEqual([Buffer.from('b')]);
    expect(await client.get('q/close')).toEqual([]);
    client.close();
    expect(await other.get('q')).toEqual([]);
  });

  it('may be closed with a result', async () => {
    await client.getText('q/open');
    expect(await client.set('q/close', 'result')).toBe('STORED');
    expect(await client.set('q/close', 'again')).toBe('NOT_STORED');
    expect(await other.get('q q')).toEqual([Buffer.from('b')]);
  });

  it('may be closed and the next one opened in one request', async () => {
    expect(await client.getText('q/close/open')).toBe('a');
    expect(await client.getText('q/open/close')).toBe('b');
    expect(await client.get('q/close/open')).toEqual([]);
    client.close();
    expect(await other.get('q')).toEqual([]);
  });

  it('goes back where it was when it is aborted', async () => {
    expect(await client.getText('q/open')).toBe('a');
    await other.set('q', 'c');
    expect(await client.get('q/abort')).toEqual([]);
    expect(await other.get('q q q')).toEqual(['a', 'b', 'c'].map((body) => Buffer.from(body)));
  });

  it.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'goes back where it was on %s of the connection',
    async (how) => {
      await other.set('p', 'c');
      expect(await client.getText('q/open')).toBe('a');
      expect(await client.getText('p/open')).toBe('c');
      client.socket[how]();
      expect(await other.getText('p/t=20000')).toBe('c');
      expect(await other.get('q q')).toEqual([Buffer.from('a'), Buffer.from('b')]);
    },
  );

  it('is one a queue, of any number of queues', async () => {
    await other.set('p', 'c');
    expect(await client.get('q/open p/open')).toEqual([Buffer.from('a'), Buffer.from('c')]);
    expect(await client.get('p/close q/abort')).toEqual([]);
    expect(await other.get('p q')).toEqual([Buffer.from('a')]);
  });

  it('comes back over a kill, as another attempt, and over a stop as the same', async () => {
    for (const [how, attempt] of [
      ['kill', 2],
      ['stop', 2],
    ] as const) {
      expect(await client.getText('q/open')).toBe('a');
      await server[how]();
      await server.start();
      [client, other] = await Promise.all([TextClient.connect(server.port), TextClient.connect(server.port)]);
      expect(await read('q/info/peek')).toMatchObject({ body: 'a', attempt });
    }
  });

  it('is not the queue: dropping the queue ends it', async () => {
    await client.getText('q/open');
    expect(await other.ask('delete q')).toBe('DELETED');
    expect(await client.set('q/close', '')).toBe('NOT_STORED');
    expect(await other.get('q')).toEqual([]);
  });

  it('nothing: close, abort and fail find nothing to end', async () => {
    expect(await client.exchange('get q/close\r\nget q/abort\r\n')).toBe('END\nEND');
    expect(await client.exchange('set q/close 0 0 1\r\nx\r\nset q/fail 0 0 1\r\nx\r\n')).toBe(
      'NOT_STORED\nNOT_STORED',
    );
    expect(await other.get('q q q')).toHaveLength(2);
  });
});

describe('misuse is a CLIENT_ERROR, and then the connection is closed and what was open goes back:', () => {
  it.each([
    'q/open',
    'q',
    'q/t=5',
    'q/info',
    'p q',
    'q/peek/open',
    'q/peek/close',
    'q/peek/abort',
    'q/abort/open',
    'q/abort/close',
  ])('get %s', async (key) => {
    await client.getText('q/open');
    client.send(`get ${key}\r\nget q\r\n`);
    expect((await client.rest()).toString()).toMatch(/^CLIENT_ERROR \S[^\r\n]*\r\n$/);
    expect(await read('q/info')).toMatchObject({ body: 'a', attempt: 2 });
  });

  it('but a peek at the queue, or a read of another, is none', async () => {
    await client.getText('q/open');
    expect(await client.get('q/peek p q/peek')).toEqual([Buffer.from('b'), Buffer.from('b')]);
    expect(await client.exchange('get q/close\r\nget q\r\n')).toBe('END\nVALUE q 0 1\nb\nEND');
  });
});

describe('peek', () => {
  it('leaves the message, and its count of attempts', async () => {
    expect(await client.get('q/peek q/peek')).toEqual([Buffer.from('a'), Buffer.from('a')]);
    expect(await client.getText('q/peek/t=5')).toBe('a');
    expect(await read('q/peek/info')).toMatchObject({ body: 'a', attempt: 1 });
    expect(await read('q/info')).toMatchObject({ body: 'a', attempt: 1 });
  });

  it('may wait', async () => {
    client.send('get p/peek/t=20000\r\n');
    await other.set('p', 'c');
    expect(await client.values()).toEqual([Buffer.from('c')]);
    expect(await other.getText('p/t=20000')).toBe('c');
  });
});

describe('t', () => {
  it('ends the wait with nothing when nothing comes', async () => {
    for (const options of ['t=1', 't=30/open', 'peek/t=30', 't=0'])
      expect(await client.get(`p/${options}`)).toEqual([]);
  });

  it('waits for what is set, aborted, failed or put back', async () => {
    client.send('get p/t=20000\r\n');
    await other.ask('version');
    await other.set('p', 'set');
    expect(await client.values()).toEqual([Buffer.from('set')]);

    await other.set('p', 'aborted');
    await other.getText('p/open');
    client.send('get p/t=20000\r\n');
    await other.get('p/abort');
    expect(await client.values()).toEqual([Buffer.from('aborted')]);

    await other.set('p', 'failed');
    await other.getText('p/open');
    client.send('get p/open/t=20000\r\n');
    await other.set('p/fail', 'why');
    expect(await client.values()).toEqual([Buffer.from('failed')]);

    await client.set('p/fail/final', 'why');
    client.send('get p/t=20000\r\n');
    expect(await other.ask('touch p/failed 0')).toBe('TOUCHED');
    expect(await client.values()).toEqual([Buffer.from('failed')]);
  });

  it('takes nothing for who has gone', async () => {
    for (const options of ['t=20000', 'open/t=20000', 'peek/t=20000']) {
      using gone = await TextClient.connect(server.port);
      gone.send(`get p/${options}\r\n`);
      await other.ask('version');
      gone.socket.end();
      expect((await gone.rest()).toString()).toBe('END\r\n');
    }
    await other.set('p', 'c');
    expect(await read('p/info')).toMatchObject({ body: 'c', attempt: 1 });
  });
});

describe('info', () => {
  it('is a line of JSON before the body', async () => {
    const before = Date.now();
    await other.set('Auftr\xc3\xa4ge', '{"x":1}\n');
    const info = await read('Auftr\xc3\xa4ge/info/open');
    expect(info).toMatchObject({ queue: 'Aufträge', attempt: 1, body: '{"x":1}\n' });
    expect(info?.id).toMatch(/^[1-9]\d*$/);
    // The server's clock is the machine's as it was at its start.
    expect(Math.abs((info?.enqueued as number) - before)).toBeLessThan(5000);
    expect(info).not.toHaveProperty('error');
  });

  it('counts attempts', async () => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      expect(await read('q/info/open', client)).toMatchObject({ body: 'a', attempt });
      await client.get('q/abort');
    }
    expect(await read('q/info/failed')).toMatchObject({
      body: 'a',
      error: expect.stringContaining('attempt 3'),
    });
  });
});

describe('fail', () => {
  it('has the job come again later, and after its last attempt puts it into the failed set', async () => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      expect(await read('q/open/info/t=20000', client)).toMatchObject({ body: 'a', attempt });
      if (attempt === 1) expect(await other.getText('q')).toBe('b');
      expect(await fail(`error ${attempt}`)).toBe('STORED');
      expect(await other.get('q')).toEqual([]);
    }
    expect(await other.get('q/t=500')).toEqual([]);
    const before = Date.now();
    const failed = await read('q/failed/info');
    expect(failed).toMatchObject({ body: 'a', attempt: MAX_ATTEMPTS, error: `error ${MAX_ATTEMPTS}` });
    expect(Math.abs((failed?.failed as number) - before)).toBeLessThan(5000);
    expect(await other.get('q/failed')).toEqual([]);
  });

  it('final ends it at once', async () => {
    await client.getText('q/open');
    expect(await fail('not a call', 'fail/final')).toBe('STORED');
    expect(await read('q/failed/info')).toMatchObject({ body: 'a', attempt: 1, error: 'not a call' });
    expect(await other.get('q q')).toHaveLength(1);
  });

  it('keeps any error text, up to a length', async () => {
    const texts: [Buffer, string][] = [
      [Buffer.from(''), ''],
      [Buffer.from('"quoted"\n\\ \0 ä 作'), '"quoted"\n\\ \0 ä 作'],
      [Buffer.of(0xff, 0xfe, 0x41), '\ufffd\ufffdA'],
      [Buffer.alloc(100_000, 'x'), 'x'.repeat(4096)],
      [Buffer.from('ä'.repeat(10_000)), 'ä'.repeat(2048)],
    ];
    for (const [bytes, text] of texts) {
      await other.exchange('delete q\r\nset q 9 0 4\r\n\r\n\0x\r\n');
      await client.getText('q/open');
      expect(await fail(bytes, 'fail/final')).toBe('STORED');
      const failed = await read('q/failed/info');
      expect(failed?.body).toBe('\r\n\0x');
      expect(failed?.error).toBe(text);
    }
  });
});

describe('the failed set', () => {
  beforeEach(async () => {
    for (const error of ['first', 'second']) {
      await client.getText('q/open');
      await fail(error, 'fail/final');
    }
  });

  it('is taken from in the order of failure; peek leaves it', async () => {
    expect(await other.get('q')).toEqual([]);
    expect(await other.get('q/failed/peek q/failed/peek')).toEqual([Buffer.from('a'), Buffer.from('a')]);
    expect(await read('q/failed/info')).toMatchObject({ body: 'a', error: 'first' });
    expect(await read('q/failed/info/peek')).toMatchObject({ body: 'b', error: 'second' });
    expect(await other.get('q/failed q/failed')).toEqual([Buffer.from('b')]);
  });

  it('is put back as new, at once or later', async () => {
    expect(await other.ask('touch q/failed 0')).toBe('TOUCHED');
    expect(await other.ask('touch q/failed 0')).toBe('NOT_FOUND');
    expect(await read('q/info/open', client)).toMatchObject({ body: 'a', attempt: 1, error: 'first' });
    await fail('again', 'fail/final');
    expect(await other.ask('touch q/failed 1')).toBe('TOUCHED');
    expect(await other.get('q q q/failed')).toEqual([Buffer.from('b')]);
    expect(await other.getText('q/t=20000')).toBe('a');
    expect(await other.ask('touch q/failed -1')).toMatch(/^CLIENT_ERROR/);
  });

  it('outlives a kill, with its errors', async () => {
    await server.kill();
    await server.start();
    [client, other] = await Promise.all([TextClient.connect(server.port), TextClient.connect(server.port)]);
    expect(await read('q/failed/info')).toMatchObject({ body: 'a', attempt: 1, error: 'first' });
    expect(await read('q/failed/info')).toMatchObject({ body: 'b', error: 'second' });
  });
});
