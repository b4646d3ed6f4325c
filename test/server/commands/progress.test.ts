import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import type { TextClient } from '../../helpers/text-client.ts';

const it = withServer();

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\n');
  await client.set('q/id=k', 'job');
});

async function progress(client: TextClient): Promise<unknown> {
  return (await client.getStatus('q/id=k'))?.progress;
}

describe('progress', () => {
  it('of the open message is in its status, as JSON or as text, while it runs', async ({ client }) => {
    await client.getText('q/open');
    expect(await progress(client)).toBeUndefined();
    expect(await client.set('q/progress', '{"percent":40,"text":"half of them"}')).toBe('STORED');
    expect(await progress(client)).toEqual({ percent: 40, text: 'half of them' });
    expect(await client.set('q/progress', 'nearly done')).toBe('STORED');
    expect(await progress(client)).toBe('nearly done');
    await client.getText('q/close');
    expect(await progress(client)).toBeUndefined();
  });

  it('is that of this attempt', async ({ client }) => {
    await client.getText('q/open');
    await client.set('q/progress', '10');
    await client.getText('q/abort');
    expect(await progress(client)).toBeUndefined();
    await client.getText('q/open');
    expect(await progress(client)).toBeUndefined();
    await client.getText('q/close');
  });

  it('is told of what was read from a list, and of a lease by its token, and outlives a touch', async ({
    client,
  }) => {
    await client.set('$watch', 'p,q');
    await client.getText('$watch/open');
    expect(await client.set('$watch/progress', '1')).toBe('STORED');
    expect(await progress(client)).toBe(1);
    await client.getText('$watch/abort');
    const token = / (\d+)\r\n/.exec(`${(await client.exchange('gats 60 q\r\n')).split('\n')[0]}\r\n`)![1];
    await client.set(`q/progress/lease=${token}`, '2');
    expect(await client.ask(`touch q/lease=${token} 60`)).toBe('TOUCHED');
    expect(await progress(client)).toBe(2);
    expect(await client.ask(`delete q/lease=${token}`)).toBe('DELETED');
    expect(await client.set(`q/progress/lease=${token}`, '3')).toBe('NOT_STORED');
  });

  it('needs an open message and a short text, and goes with no other option', async ({ client }) => {
    expect(await client.set('q/progress', '1')).toBe('NOT_STORED');
    await client.getText('q/open');
    expect(await client.set('q/progress', 'x'.repeat(1025))).toMatch(/^CLIENT_ERROR progress is longer/);
    expect(await client.set('q/progress/delay=1', '1')).toMatch(/^CLIENT_ERROR option "delay" does not go/);
    expect(await client.ask('get q/progress')).toMatch(/^CLIENT_ERROR option "progress" is not supported/);
    await client.getText('q/close');
  });
});

describe('/info', () => {
  it("tells the client's id of the job", async ({ client }) => {
    const line = (await client.getText('q/open/info'))!.split('\n')[0];
    expect(JSON.parse(line)).toMatchObject({ queue: 'q', job: 'k', attempt: 1 });
    await client.getText('q/close');
    await client.set('q', 'job');
    expect((await client.getText('q/info'))!.split('\n')[0]).not.toContain('job');
  });
});
