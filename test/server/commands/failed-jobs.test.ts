import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import type { TextClient } from '../../helpers/text-client.ts';

const it = withServer(['--backoff', 'fixed:1', '--max-attempts', '3']);

const MAX_ATTEMPTS = 3;

it.beforeEach(async ({ other }) => {
  await other.exchange('delete q\r\ndelete p\r\nset q 0 0 1\r\na\r\nset q 0 0 1\r\nb\r\n');
});

/** Fails the job that is open on `q`. */
function fail(client: TextClient, error: string | Buffer, option = 'fail'): Promise<string | undefined> {
  return client.set(`q/${option}`, error);
}

describe('fail', () => {
  it('has the job come again later, and after its last attempt puts it into the failed set', async ({
    client,
    other,
  }) => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      expect(await client.getJob('q/open/info/t=60000')).toMatchObject({ body: 'a', attempt });
      if (attempt === 1) expect(await other.getText('q')).toBe('b');
      expect(await fail(client, `error ${attempt}`)).toBe('STORED');
      expect(await other.get('q')).toEqual([]);
    }
    expect(await other.get('q/t=500')).toEqual([]);
    const before = Date.now();
    const failed = await other.getJob('q/failed/info');
    expect(failed).toMatchObject({ body: 'a', attempt: MAX_ATTEMPTS, error: `error ${MAX_ATTEMPTS}` });
    expect(Math.abs((failed?.failed as number) - before)).toBeLessThan(5000);
    expect(await other.get('q/failed')).toEqual([]);
  });

  it('final ends it at once', async ({ client, other }) => {
    await client.getText('q/open');
    expect(await fail(client, 'not a call', 'fail/final')).toBe('STORED');
    expect(await other.getJob('q/failed/info')).toMatchObject({ body: 'a', attempt: 1, error: 'not a call' });
    expect(await other.get('q q')).toHaveLength(1);
  });

  it('keeps any error text, up to a length', async ({ client, other }) => {
    const texts: [Buffer, string][] = [
      [Buffer.from(''), ''],
      [Buffer.from('"quoted"\n\\ \0 ä 作'), '"quoted"\n\\ \0 ä 作'],
      [Buffer.of(0xff, 0xfe, 0x41), '\ufffd\ufffdA'],
      [Buffer.alloc(100_000, 'x'), 'x'.repeat(4096)],
      [Buffer.from('€'.repeat(2000)), '€'.repeat(1365)],
      [Buffer.from('ä'.repeat(10_000)), 'ä'.repeat(2048)],
    ];
    for (const [bytes, text] of texts) {
      await other.exchange('delete q\r\nset q 9 0 4\r\n\r\n\0x\r\n');
      await client.getText('q/open');
      expect(await fail(client, bytes, 'fail/final')).toBe('STORED');
      const failed = await other.getJob('q/failed/info');
      expect(failed?.body).toBe('\r\n\0x');
      expect(failed?.error).toBe(text);
    }
  });
});

describe('the failed set', () => {
  it.beforeEach(async ({ client }) => {
    for (const error of ['first', 'second']) {
      await client.getText('q/open');
      await fail(client, error, 'fail/final');
    }
  });

  it('is taken from in the order of failure; peek leaves it', async ({ other }) => {
    expect(await other.get('q')).toEqual([]);
    expect(await other.get('q/failed/peek q/failed/peek')).toEqual([Buffer.from('a'), Buffer.from('a')]);
    expect(await other.getJob('q/failed/info')).toMatchObject({ body: 'a', error: 'first' });
    expect(await other.getJob('q/failed/info/peek')).toMatchObject({ body: 'b', error: 'second' });
    expect(await other.get('q/failed q/failed')).toEqual([Buffer.from('b')]);
  });

  it('is put back as new, at once or later', async ({ client, other }) => {
    expect(await other.ask('touch q/failed 0')).toBe('TOUCHED');
    expect(await other.ask('touch q/failed 0')).toBe('NOT_FOUND');
    expect(await client.getJob('q/info/open')).toMatchObject({ body: 'a', attempt: 1, error: 'first' });
    await fail(client, 'again', 'fail/final');
    expect(await other.ask('touch q/failed 1')).toBe('TOUCHED');
    expect(await other.get('q q q/failed')).toEqual([Buffer.from('b')]);
    expect(await other.getText('q/t=60000')).toBe('a');
    expect(await other.ask('touch q/failed -1')).toMatch(/^CLIENT_ERROR/);
  });

  it('outlives a kill, with its errors', async ({ server, other }) => {
    await server.kill();
    await server.start();
    await other.reconnect();
    expect(await other.getJob('q/failed/info')).toMatchObject({ body: 'a', attempt: 1, error: 'first' });
    expect(await other.getJob('q/failed/info')).toMatchObject({ body: 'b', error: 'second' });
  });
});
