import { expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import type { TestServer } from '../../helpers/server.ts';
import type { Status, TextClient } from '../../helpers/text-client.ts';

/** A lease of no seconds, the queue's own, is over soon. */
const it = withServer(['--backoff', 'fixed:1000', '--max-attempts', '3'], '[queue:*]\nlease = 0.2');

/** How the server ends; what was told to be stored is there after each. */
export type End = 'SIGKILL' | 'SIGTERM';

async function restart(server: TestServer, client: TextClient, how: End): Promise<void> {
  if (how === 'SIGKILL') await server.kill();
  else expect(await server.stop()).toBe(0);
  await server.start();
  await client.reconnect();
}

async function statuses(client: TextClient, ...ids: string[]): Promise<(Status | undefined)[]> {
  const all: (Status | undefined)[] = [];
  for (const id of ids) all.push(await client.getStatus(`q/id=${id}`));
  return all;
}

/** What is the same after a server has ended and begun again. */
export function holdsAfter(how: End): void {
  it.afterEach(async ({ client }) => {
    for (const queue of (await client.stats('queue')).keys()) await client.ask(`delete ${queue}`);
  });

  it('what is delayed comes when its time has come, also when that was while the server was down', async ({
    server,
    client,
  }) => {
    const begin = performance.now();
    await client.set('q/delay=0.01', 'soon');
    await client.set('q/delay=0.6', 'later');
    await client.set('q/id=far/delay=100000', 'far');
    const [far] = await statuses(client, 'far');
    await restart(server, client, how);
    expect(await client.getText('q/t=60000')).toBe('soon');
    expect(await client.getText('q/t=60000')).toBe('later');
    // Its due time is kept, to the clock of the wall.
    expect(performance.now() - begin).toBeGreaterThan(590);
    expect((await statuses(client, 'far'))[0]?.due).toBe(far?.due);
    expect(await client.drain()).toEqual([]);
  });

  it('the order is the same: priorities, what was put ahead, what was overwritten and moved', async ({
    server,
    client,
  }) => {
    await client.exchange(
      [
        'set from 0 0 1\r\nb\r\nset from/pri=2 0 0 1\r\na\r\nset from/move 0 0 1\r\nq\r\n',
        'set q/id=k 0 0 1\r\nx\r\nset q 0 0 1\r\nd\r\nset q/id=k 0 0 1\r\nc\r\n',
        'set q/pri=4294967295 0 0 1\r\ne\r\nprepend q 0 0 1\r\n0\r\nset q/pri=5/id=z 0 0 1\r\nz\r\n',
        'delete q/id=z\r\n',
      ].join(''),
    );
    await restart(server, client, how);
    expect(await client.drain()).toEqual(['0', 'a', 'b', 'c', 'd', 'e']);
    expect(await client.drain('from')).toEqual([]);
  });

  it('what is known of each job is the same, and so are its id, attempts and error', async ({
    server,
    client,
  }) => {
    await client.set('$client', '{"program":"worker","worker":"5f3a9c"}');
    const commands = [
      'set q/id=complete 0 0 1\r\n1\r\nget q/open\r\nset q/close 0 0 6\r\nresult\r\n',
      'set q/id=bytes 0 0 1\r\n1\r\nget q/open\r\nset q/close 0 0 2\r\n\xff\xfe\r\n',
      'set q/id=failed 0 0 1\r\n1\r\nget q/open\r\nset q/fail/final 0 0 3\r\nwhy\r\n',
      'set q/id=retried 0 0 1\r\n1\r\nget q/open\r\nset q/fail 0 0 5\r\nagain\r\n',
      'set q/id=taken 0 0 1\r\n1\r\nget q\r\n',
      'set q/id=cancelled 0 0 1\r\n1\r\ndelete q/id=cancelled\r\n',
      'set q/id=delayed/delay=1000/pri=9 0 0 1\r\n1\r\n',
      'set q/id=waiting 77 0 1\r\n1\r\n',
    ];
    await client.exchange(Buffer.from(commands.join(''), 'latin1'));
    const ids = ['complete', 'bytes', 'failed', 'retried', 'taken', 'cancelled', 'delayed', 'waiting'];
    const before = await statuses(client, ...ids);
    expect(before.map((status) => status?.state)).toEqual([
      'complete',
      'complete',
      'failed',
      'waiting',
      'complete',
      'cancelled',
      'waiting',
      'waiting',
    ]);
    await restart(server, client, how);
    expect(await statuses(client, ...ids)).toEqual(before);
    for (const id of ['retried', 'delayed', 'waiting'])
      expect(await client.ask(`add q/id=${id} 0 0 1\r\n2`), id).toBe('NOT_STORED');
    for (const id of ['complete', 'failed', 'cancelled'])
      expect(await client.ask(`replace q/id=${id} 0 0 1\r\n2`), id).toBe('NOT_STORED');
    expect(await client.exchange('get q\r\n')).toBe('VALUE q 77 1\n1\nEND');
    expect(await client.getJob('q/failed/info')).toMatchObject({
      attempt: 1,
      error: 'why',
      by: { program: 'worker', worker: '5f3a9c' },
    });
  });

  it('a job that ran waits again, by its id', async ({ server, client }) => {
    await client.set('q/id=k', 'job');
    await client.getText('q/open');
    await restart(server, client, how);
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting' });
    expect(await client.ask('add q/id=k 0 0 1\r\n2')).toBe('NOT_STORED');
    expect(await client.getText('q/open')).toBe('job');
    expect(await client.set('q/close', 'done')).toBe('STORED');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'complete', result: 'done' });
  });

  it('a job with a lease runs on, and one that was cancelled is not repeated', async ({ server, client }) => {
    await client.set('q/id=k', 'job');
    await client.set('q/id=gone', 'gone');
    const token = / (\d+)\n/.exec(await client.exchange('gats 1000 q\r\n'))?.[1];
    const lost = / (\d+)\n/.exec(await client.exchange('gats 0 q\r\n'))?.[1];
    expect(Number(lost)).toBeGreaterThan(0);
    expect(await client.ask('delete q/id=gone')).toBe('DELETED');
    await restart(server, client, how);
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'running', attempts: 1 });
    expect(await client.ask(`set q/close/lease=${token} 0 0 4\r\ndone`)).toBe('STORED');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'complete', result: 'done' });
    while ((await client.figure('q:reserved')) !== '0') await client.pass(0.05);
    expect(await client.drain()).toEqual([]);
    expect(await client.getStatus('q/id=gone')).toMatchObject({ state: 'cancelled', attempts: 1 });
  });

  it('what was paused is paused, and what was resumed is not', async ({ server, client }) => {
    await client.exchange('set q 0 0 1\r\nx\r\nset q/pause 0 0 0\r\n\r\nset empty/pause 0 0 0\r\n\r\n');
    await client.exchange('set p 0 0 1\r\ny\r\nset p/pause 0 0 0\r\n\r\nset p/resume 0 0 0\r\n\r\n');
    await restart(server, client, how);
    expect([
      await client.figure('q:paused'),
      await client.figure('empty:paused'),
      await client.figure('p:paused'),
    ]).toEqual(['yes', 'yes', 'no']);
    expect(await client.drain()).toEqual([]);
    expect(await client.drain('p')).toEqual(['y']);
    expect(await client.set('q/resume', '')).toBe('STORED');
    expect(await client.drain()).toEqual(['x']);
  });

  it('a job that repeats goes on in its rhythm, once at a time', async ({ server, client }) => {
    await client.set('q/id=k/every=0.25', 'tick');
    const first = (await client.getStatus('q/id=k'))!;
    expect(await client.getText('q')).toBe('tick');
    for (let round = 0; round < 2; round++) {
      await restart(server, client, how);
      const { every, message, state } = (await client.getStatus('q/id=k'))!;
      expect({ every, message, state }).toEqual({ every: 0.25, message: first.message, state: 'waiting' });
      expect(await client.getText('q/open/t=60000')).toBe('tick');
      expect(await client.figure('q:waiting')).toBe('0');
      // In one piece, so that no pause of this process comes between the two.
      const [answer, , status] = (await client.exchange('set q/close 0 0 0\r\n\r\nget q/id=k\r\n')).split(
        '\n',
      );
      expect(answer).toBe('STORED');
      const { due, enqueued } = JSON.parse(status);
      expect(enqueued).toBe(first.enqueued);
      expect(Math.abs(((due - enqueued + 125) % 250) - 125)).toBeLessThanOrEqual(1);
      const stats = await client.stats('queues');
      expect(Number(stats.get('q:waiting')) + Number(stats.get('q:delayed'))).toBe(1);
    }
    await client.ask('delete q/id=k');
    await restart(server, client, how);
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'cancelled' });
    expect(await client.drain()).toEqual([]);
  });

  it('all of it holds after the log has been compacted and replayed more than once', async ({
    server,
    client,
  }) => {
    await client.exchange(
      [
        'set q/id=k/pri=3 5 0 4\r\nkept\r\nset q/id=late/delay=10000 0 0 4\r\nlate\r\n',
        'set q/id=every/every=10000/delay=10000 0 0 4\r\ntick\r\nset other/pause 0 0 0\r\n\r\n',
        'set q/id=done/pri=1 0 0 1\r\nx\r\nget q/open\r\nset q/close 0 0 6\r\nresult\r\n',
      ].join(''),
    );
    const ids = ['k', 'late', 'every', 'done'];
    const before = await statuses(client, ...ids);
    expect(before.map((status) => status?.state)).toEqual(['waiting', 'waiting', 'waiting', 'complete']);
    // Several times the segment's size of what comes and goes.
    const body = 'x'.repeat(50_000);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 60; i++) {
        await client.set('busy', body);
        await client.get('busy');
      }
      await restart(server, client, how);
      expect(await statuses(client, ...ids)).toEqual(before);
      expect(await client.figure('other:paused')).toBe('yes');
    }
    expect(await client.exchange('get q\r\n')).toBe('VALUE q 5 4\nkept\nEND');
  });
}
