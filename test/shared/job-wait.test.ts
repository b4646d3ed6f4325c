import { describe, expect, onTestFinished } from 'vitest';
import { connect, type Producer } from '../../shared/client.ts';
import { ClosedError, UnreachableError } from '../../shared/errors.ts';
import { withServer } from '../fixtures/server.ts';
import { startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';

const it = withServer(['--memory', '--backoff', 'none'], '[queue:forgetful]\nkeep_done = 0').extend<{
  producer: Producer;
}>({
  producer: async ({ server }, use) => {
    const producer = connect({ port: server.port, timeout: 60 });
    await use(producer);
    producer.close();
  },
});

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\ndelete there\r\n');
});

/** Until so many connections wait. */
async function waiting(client: TextClient, count: number): Promise<void> {
  for (;;) {
    const states = [...(await client.stats('conns'))].filter(([name]) => name.endsWith(':state'));
    if (states.filter(([, state]) => state === 'waiting').length === count) return;
  }
}

describe('a wait of the producer', () => {
  it('resolves with the result, and holds up nothing', async ({ producer, client, worker }) => {
    await producer.enqueue('forgetful', 'f', [], { id: 'ä' });
    const ended = producer.wait('forgetful', 'ä', { timeout: 600 });
    await waiting(client, 1);
    await producer.enqueue('q', 'g');
    expect(await client.getText('q')).toBe('g()');
    await worker.getText('forgetful/open');
    await worker.set('forgetful/close', '{"n":1}');
    expect(await ended).toMatchObject({ id: 'ä', state: 'complete', result: '{"n":1}' });
    expect(await producer.status('forgetful', 'ä')).toBeUndefined();
    // Its connection has gone.
    await waiting(client, 0);
  });

  it('resolves with an error when the job has failed for good', async ({ producer, client, worker }) => {
    await producer.enqueue('q', 'f', [], { id: 'a' });
    const ended = producer.wait('q', 'a');
    await waiting(client, 1);
    await worker.getText('q/open');
    await worker.set('q/fail/final', 'why');
    expect(await ended).toMatchObject({ state: 'failed', error: 'why' });
    // It has ended.
    expect(await producer.wait('q', 'a')).toMatchObject({ state: 'failed', error: 'why' });
  });

  it('resolves with what the job is when the time is over, and with undefined where it is not known', async ({
    producer,
  }) => {
    await producer.enqueue('q', 'f', [], { id: 'a' });
    expect(await producer.wait('q', 'a', { timeout: 0 })).toMatchObject({ state: 'waiting' });
    expect(await producer.wait('q', 'a', { timeout: 0.05 })).toMatchObject({ state: 'waiting' });
    expect(await producer.wait('q', 'nobody')).toBeUndefined();
  });

  it('is about the job that had the id, also where that moves, or another one takes the id', async ({
    producer,
    client,
    worker,
  }) => {
    await producer.enqueue('q', 'f', [], { id: 'a' });
    const moved = producer.wait('q', 'a');
    await waiting(client, 1);
    await worker.set('q/move', 'there');
    expect(await moved).toMatchObject({ state: 'waiting', queue: 'there' });

    await producer.enqueue('q', 'f', [], { id: 'a' });
    await worker.getText('q/open');
    const first = producer.wait('q', 'a');
    await waiting(client, 1);
    const { message } = (await producer.status('q', 'a'))!;
    await producer.enqueue('q', 'f', [], { id: 'a' });
    expect(await first).toMatchObject({ state: 'running', message });
    expect((await producer.status('q', 'a'))?.message).not.toBe(message);
  });

  it('fails when the producer is closed', async ({ server, client }) => {
    const producer = connect({ port: server.port });
    await producer.enqueue('q', 'f', [], { id: 'a' });
    const ended = producer.wait('q', 'a');
    ended.catch(() => {});
    await waiting(client, 1);
    producer.close();
    await expect(ended).rejects.toThrow(ClosedError);
    await expect(producer.wait('q', 'a')).rejects.toThrow(ClosedError);
  });

  it('fails where no server can be reached', async () => {
    await expect(connect({ port: 1 }).wait('q', 'a')).rejects.toThrow(UnreachableError);
  });

  it.each<[string, object]>([
    ['a wait has no option "tiemout"; is it timeout?', { tiemout: 5 }],
    ["timeout must be a number, not '5'", { timeout: '5' }],
    ['timeout must be a number, not NaN', { timeout: Number.NaN }],
    ['timeout must be 0 or more seconds, not -1', { timeout: -1 }],
  ])('says that %s, and sends nothing', async (message, options) => {
    await expect(connect({ port: 1 }).wait('q', 'a', options)).rejects.toThrow(message);
  });

  it('asks for no job whose name is too long with what is asked', async () => {
    const attempt = connect({ port: 1 }).wait('q', 'x'.repeat(240));
    await expect(attempt).rejects.toThrow('longer than 250 bytes');
  });
});

describe('a wait goes on', () => {
  it('over --max-wait, the longest that the server allows', async () => {
    await using server = await startServer({ args: ['--memory', '--max-wait', '1'] });
    using client = await TextClient.connect(server.port);
    const producer = connect({ port: server.port });
    onTestFinished(() => producer.close());
    await producer.enqueue('q', 'f', [], { id: 'a' });
    const ended = producer.wait('q', 'a', { timeout: 600 });
    // No wait of any client is longer.
    expect(await client.getStatus('q/id=a/t=600000')).toMatchObject({ state: 'waiting' });
    while (Number((await client.stats()).get('get_hits')) < 3);
    expect(await client.getText('q')).toBe('f()');
    expect(await ended).toMatchObject({ state: 'complete' });
  });

  it('over a restart of the server', async () => {
    await using server = await startServer();
    const producer = connect({ port: server.port, timeout: 60 });
    onTestFinished(() => producer.close());
    await producer.enqueue('q', 'f', [], { id: 'a' });
    const ended = producer.wait('q', 'a', { timeout: 600 });
    const client = await TextClient.connect(server.port);
    await waiting(client, 1);
    client.close();
    await server.kill();
    await server.start();
    using worker = await TextClient.connect(server.port);
    await worker.getText('q/open');
    await worker.set('q/close', 'after all');
    expect(await ended).toMatchObject({ state: 'complete', result: 'after all' });
  });
});
