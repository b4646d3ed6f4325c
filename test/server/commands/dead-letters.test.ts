import { describe, expect } from 'vitest';
import { connect } from '../../../shared/client.ts';
import { withServer } from '../../fixtures/server.ts';
import type { TestServer } from '../../helpers/server.ts';
import type { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const POLICIES = `[queue:*]
dead_letter_to = dead
backoff = none
max_attempts = 2
[queue:short]
ttl = 0.05
[queue:a]
dead_letter_to = b
max_attempts = 1
`;
const WHO = { program: 'worker', pid: 7 };

const it = withServer([], POLICIES);

it.beforeEach(async ({ client }) => {
  await introduce(client, WHO);
});
it.afterEach(async ({ client }) => {
  await client.exchange('delete dead\r\n');
});

async function introduce(client: TextClient, who: object): Promise<void> {
  expect(await client.set('$client', JSON.stringify(who))).toBe('STORED');
}

/** Takes what is next and has it fail, once or until there is no other attempt. */
async function fail(client: TextClient, queue: string, error: string, isFinal = false): Promise<void> {
  await client.getText(`${queue}/open`);
  expect(await client.set(`${queue}/fail${isFinal ? '/final' : ''}`, error)).toBe('STORED');
}

async function restart(server: TestServer, client: TextClient): Promise<void> {
  await server.kill();
  await server.start();
  await client.reconnect();
}

describe('a dead letter', () => {
  it('tells where it comes from, which job it was, how often it was tried, when it failed and with whom', async ({
    server,
    client,
  }) => {
    const before = Date.now();
    await client.set('mail/id=invoice-7', 'job');
    for (const error of ['first', 'second']) await fail(client, 'mail', error);
    await client.set('push', 'other');
    await fail(client, 'push', 'no', true);
    const expected = {
      queue: 'dead',
      attempt: 1,
      error: 'second',
      body: 'job',
      dead: { queue: 'mail', job: 'invoice-7', attempts: 2, failed: expect.any(Number), by: WHO },
    };
    const seen = await client.getJob('dead/peek/info');
    expect(seen).toMatchObject(expected);
    const { failed } = (seen?.dead ?? {}) as { failed?: number };
    expect(failed).toBeGreaterThanOrEqual(before - 1000);
    expect(failed).toBeLessThanOrEqual(Date.now() + 1000);
    expect(seen).not.toHaveProperty('failed');
    await restart(server, client);
    expect(await client.getJob('dead/info')).toEqual(seen);
    const { dead } = (await client.getJob('dead/info')) ?? {};
    expect(dead).toEqual({ queue: 'push', attempts: 1, failed: expect.any(Number), by: WHO });
  });

  it('that expired tells it, too', async ({ client }) => {
    await client.set('short/id=a', 'late');
    await until(async () => (await client.getText('short/peek')) === undefined);
    expect(await client.getJob('dead/info/t=10000')).toMatchObject({
      error: 'it expired',
      dead: { queue: 'short', job: 'a', attempts: 0, failed: expect.any(Number) },
    });
  });

  it('that goes on to another queue tells of the first one', async ({ client }) => {
    await client.set('a/id=1', 'job');
    await fail(client, 'a', 'in a');
    const { dead } = (await client.getJob('b/peek/info')) ?? {};
    expect(dead).toMatchObject({ queue: 'a', job: '1', attempts: 1 });
    await introduce(client, { program: 'somebody else' });
    await fail(client, 'b', 'in b', true);
    expect(await client.getJob('dead/info')).toMatchObject({ error: 'in b', dead });
  });

  it('keeps it while it is given back, fails there, is tried again and moves', async ({ server, client }) => {
    await client.set('mail/id=1', 'job');
    await fail(client, 'mail', 'no', true);
    const { dead } = (await client.getJob('dead/open/info')) ?? {};
    await client.getText('dead/abort');
    await introduce(client, { program: 'undertaker' });
    await fail(client, 'dead', 'not here either');
    const failed = {
      queue: 'dead',
      error: 'not here either',
      attempt: 2,
      by: { program: 'undertaker' },
      dead,
    };
    expect(await client.getJob('dead/failed/peek/info')).toMatchObject(failed);
    expect(await client.ask('touch dead/failed 0')).toBe('TOUCHED');
    expect(await client.set('dead/move', 'elsewhere')).toBe('STORED');
    await restart(server, client);
    expect(await client.getJob('elsewhere/peek/info')).toMatchObject({ queue: 'elsewhere', dead });
    await fail(client, 'elsewhere', 'no', true);
    expect(await client.getJob('dead/info')).toMatchObject({ queue: 'dead', dead });
  });

  it('that is put back where it comes from, and fails again, tells of the last time there', async ({
    client,
  }) => {
    await client.set('mail/id=1', 'job');
    await fail(client, 'mail', 'no', true);
    expect(await client.set('dead/move', 'mail')).toBe('STORED');
    await introduce(client, { program: 'another' });
    for (const error of ['again', 'and again']) await fail(client, 'mail', error);
    expect(await client.getJob('dead/info')).toMatchObject({
      error: 'and again',
      dead: { queue: 'mail', job: '1', attempts: 2, by: { program: 'another' } },
    });
  });

  it('is left by each run of a job that repeats, under the id of that job', async ({ client }) => {
    await client.set('ticks/id=tick/every=1000', 'tick');
    await fail(client, 'ticks', 'no', true);
    expect(await client.getJob('dead/info')).toMatchObject({
      body: 'tick',
      dead: { queue: 'ticks', job: 'tick', attempts: 1 },
    });
    expect(await client.getStatus('ticks/id=tick')).toMatchObject({ state: 'waiting', every: 1000 });
  });

  it('that failed again is shown to a producer', async ({ server, client }) => {
    await client.set('mail/id=1', 'job');
    await fail(client, 'mail', 'no', true);
    await fail(client, 'dead', 'not here either', true);
    const producer = connect({ port: server.port, timeout: 60 });
    const job = await producer.failed('dead');
    producer.close();
    expect(job).toMatchObject({ queue: 'dead', error: 'not here either', payload: 'job' });
    expect(job).not.toHaveProperty('id');
    expect(job?.dead).toEqual({
      id: '1',
      queue: 'mail',
      attempts: 1,
      failed: expect.any(Number),
      by: WHO,
    });
  });

  it('names queue and job in UTF-8', async ({ client }) => {
    const [queue, id] = ['邮件', 'ä'].map((name) => Buffer.from(name).toString('latin1'));
    await client.set(`${queue}/id=${id}`, 'job');
    await fail(client, queue, 'no', true);
    expect(await client.getJob('dead/info')).toMatchObject({ dead: { queue: '邮件', job: 'ä' } });
  });
});

it('what is no dead letter tells nothing of that kind', async ({ client }) => {
  await client.set('mail', 'job');
  await fail(client, 'mail', 'once');
  expect(await client.getJob('mail/peek/info')).not.toHaveProperty('dead');
  await client.exchange('delete mail\r\n');
});
