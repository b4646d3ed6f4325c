import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const MAX_ATTEMPTS = 3;
const it = withServer(['--backoff', 'fixed:0.3', '--max-attempts', String(MAX_ATTEMPTS)]);

it.beforeEach(async ({ other }) => {
  await other.exchange('delete q\r\ndelete p\r\nset q 0 0 1\r\na\r\nset q 0 0 1\r\nb\r\n');
});

describe('what is open', () => {
  it('is hidden from others, and gone when it is closed', async ({ client, other }) => {
    expect(await client.getText('q/open')).toBe('a');
    expect(await other.get('q q')).toEqual([Buffer.from('b')]);
    expect(await client.get('q/close')).toEqual([]);
    client.close();
    expect(await other.get('q')).toEqual([]);
  });

  it('may be closed with a result', async ({ client, other }) => {
    await client.getText('q/open');
    expect(await client.set('q/close', 'result')).toBe('STORED');
    expect(await client.set('q/close', 'again')).toBe('NOT_STORED');
    expect(await other.get('q q')).toEqual([Buffer.from('b')]);
  });

  it('may be closed and the next one opened in one request', async ({ client, other }) => {
    expect(await client.getText('q/close/open')).toBe('a');
    expect(await client.getText('q/open/close')).toBe('b');
    expect(await client.get('q/close/open')).toEqual([]);
    client.close();
    expect(await other.get('q')).toEqual([]);
  });

  it('goes back as if it had never been taken when it is returned', async ({ client }) => {
    await client.set('q', 'job');
    expect(await client.getText('q/open/info')).toContain('"attempt":1');
    expect(await client.get('q/return')).toEqual([]);
    expect(await client.getText('q/open/info')).toContain('"attempt":1');
    await client.get('q/abort');
    expect(await client.getText('q/open/info')).toContain('"attempt":2');
    await client.get('q/close');
    expect(await client.get('q/return')).toEqual([]);
  });

  it('goes back where it was when it is aborted', async ({ client, other }) => {
    expect(await client.getText('q/open')).toBe('a');
    await other.set('q', 'c');
    expect(await client.get('q/abort')).toEqual([]);
    expect(await other.get('q q q')).toEqual(['a', 'b', 'c'].map((body) => Buffer.from(body)));
  });

  it.for(['end', 'destroy', 'resetAndDestroy'] as const)(
    'goes back where it was on %s of the connection',
    async (how, { client, other }) => {
      await other.set('p', 'c');
      expect(await client.getText('q/open')).toBe('a');
      expect(await client.getText('p/open')).toBe('c');
      client.socket[how]();
      expect(await other.getText('p/t=60000')).toBe('c');
      expect(await other.get('q q')).toEqual([Buffer.from('a'), Buffer.from('b')]);
    },
  );

  it('is one a queue, of any number of queues', async ({ client, other }) => {
    await other.set('p', 'c');
    expect(await client.get('q/open p/open')).toEqual([Buffer.from('a'), Buffer.from('c')]);
    expect(await client.get('p/close q/abort')).toEqual([]);
    expect(await other.get('p q')).toEqual([Buffer.from('a')]);
  });

  it('comes back over a kill and over a stop, as another attempt, and nobody has died', async ({
    server,
    client,
    other,
  }) => {
    // A leader that stops hands over: what is open goes back as if never taken.
    const stopped = server.logUrl === undefined ? 3 : 2;
    for (const [how, attempt] of [
      ['kill', 2],
      ['stop', stopped],
    ] as const) {
      expect(await client.getText('q/open')).toBe('a');
      await server[how]();
      await server.start();
      [client, other] = await Promise.all([TextClient.connect(server.port), TextClient.connect(server.port)]);
      const job = await other.getJob('q/info/peek');
      expect(job).toMatchObject({ body: 'a', attempt });
      expect(job).not.toHaveProperty('deaths');
    }
  });

  it('is not the queue: dropping the queue ends it', async ({ client, other }) => {
    await client.getText('q/open');
    expect(await other.ask('delete q')).toBe('DELETED');
    expect(await client.set('q/close', '')).toBe('NOT_STORED');
    expect(await other.get('q')).toEqual([]);
  });

  it('nothing: close, abort and fail find nothing to end', async ({ client, other }) => {
    expect(await client.exchange('get q/close\r\nget q/abort\r\n')).toBe('END\nEND');
    expect(await client.exchange('set q/close 0 0 1\r\nx\r\nset q/fail 0 0 1\r\nx\r\n')).toBe(
      'NOT_STORED\nNOT_STORED',
    );
    expect(await other.get('q q q')).toHaveLength(2);
  });
});

describe('misuse is a CLIENT_ERROR, and then the connection is closed and what was open goes back:', () => {
  it.for([
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
    'q/return/open',
    'q/return/close',
    'q/peek/return',
  ])('get %s', async (key, { client, other }) => {
    await client.getText('q/open');
    client.send(`get ${key}\r\nget q\r\n`);
    expect((await client.rest()).toString()).toMatch(/^CLIENT_ERROR \S[^\r\n]*\r\n$/);
    expect(await other.getJob('q/info')).toMatchObject({ body: 'a', attempt: 2 });
  });

  it('but a peek at the queue, or a read of another, is none', async ({ client }) => {
    await client.getText('q/open');
    expect(await client.get('q/peek p q/peek')).toEqual([Buffer.from('b'), Buffer.from('b')]);
    expect(await client.exchange('get q/close\r\nget q\r\n')).toBe('END\nVALUE q 0 1\nb\nEND');
  });
});

describe('peek', () => {
  it('leaves the message, and its count of attempts', async ({ client, other }) => {
    expect(await client.get('q/peek q/peek')).toEqual([Buffer.from('a'), Buffer.from('a')]);
    expect(await client.getText('q/peek/t=5')).toBe('a');
    expect(await other.getJob('q/peek/info')).toMatchObject({ body: 'a', attempt: 1 });
    expect(await other.getJob('q/info')).toMatchObject({ body: 'a', attempt: 1 });
  });

  it('may wait', async ({ client, other }) => {
    client.send('get p/peek/t=60000\r\n');
    await other.set('p', 'c');
    expect(await client.values()).toEqual([Buffer.from('c')]);
    expect(await other.getText('p/t=60000')).toBe('c');
  });
});

describe('t', () => {
  it('ends the wait with nothing when nothing comes', async ({ client }) => {
    for (const options of ['t=1', 't=30/open', 'peek/t=30', 't=0'])
      expect(await client.get(`p/${options}`)).toEqual([]);
  });

  it('waits for what is set, aborted, failed or put back', async ({ client, other }) => {
    client.send('get p/t=60000\r\n');
    await other.ask('version');
    await other.set('p', 'set');
    expect(await client.values()).toEqual([Buffer.from('set')]);

    await other.set('p', 'aborted');
    await other.getText('p/open');
    client.send('get p/t=60000\r\n');
    await other.get('p/abort');
    expect(await client.values()).toEqual([Buffer.from('aborted')]);

    await other.set('p', 'failed');
    await other.getText('p/open');
    client.send('get p/open/t=60000\r\n');
    await other.set('p/fail', 'why');
    expect(await client.values()).toEqual([Buffer.from('failed')]);

    await client.set('p/fail/final', 'why');
    client.send('get p/t=60000\r\n');
    expect(await other.ask('touch p/failed 0')).toBe('TOUCHED');
    expect(await client.values()).toEqual([Buffer.from('failed')]);
  });

  it('takes nothing for who has gone', async ({ server, other }) => {
    for (const options of ['t=60000', 'open/t=60000', 'peek/t=60000']) {
      using gone = await TextClient.connect(server.port);
      gone.send(`get p/${options}\r\n`);
      await other.ask('version');
      gone.socket.end();
      expect((await gone.rest()).toString()).toBe('END\r\n');
    }
    await other.set('p', 'c');
    expect(await other.getJob('p/info')).toMatchObject({ body: 'c', attempt: 1 });
  });
});

describe('info', () => {
  it('is a line of JSON before the body', async ({ other }) => {
    const before = Date.now();
    await other.set('Auftr\xc3\xa4ge', '{"x":1}\n');
    const info = await other.getJob('Auftr\xc3\xa4ge/info/open');
    expect(info).toMatchObject({ queue: 'Aufträge', attempt: 1, body: '{"x":1}\n' });
    expect(info?.id).toMatch(/^[1-9]\d*$/);
    // The server's clock is the machine's as it was at its start.
    expect(Math.abs((info?.enqueued as number) - before)).toBeLessThan(5000);
    expect(info).not.toHaveProperty('error');
  });

  it('counts attempts', async ({ client, other }) => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      expect(await client.getJob('q/info/open')).toMatchObject({ body: 'a', attempt });
      await client.get('q/abort');
    }
    expect(await other.getJob('q/info/failed')).toMatchObject({
      body: 'a',
      error: expect.stringContaining('attempt 3'),
    });
  });
});
