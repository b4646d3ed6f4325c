import { describe, expect } from 'vitest';
import { type ServerFixtures, withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, storeExtras } from '../../helpers/binary-client.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const MAX_ATTEMPTS = 3;
/** A lease of no seconds, the queue's own, is over soon. */
const it = withServer(
  ['--backoff', 'none', '--max-attempts', String(MAX_ATTEMPTS)],
  '[queue:*]\nlease = 0.1',
);

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\nset q/id=k 0 0 3\r\njob\r\n');
});

describe('an attempt that ends without success', () => {
  /** How a worker may end one, and what is known of it then. */
  const ENDS: Record<
    string,
    { error: string; attempt(fixtures: Pick<ServerFixtures, 'server' | 'worker' | 'binary'>): Promise<void> }
  > = {
    fail: {
      error: 'why',
      attempt: async ({ worker }) => {
        expect(await worker.getText('q/open/t=60000')).toBe('job');
        expect(await worker.set('q/fail', 'why')).toBe('STORED');
      },
    },
    'fail of a lease': {
      error: 'why',
      attempt: async ({ server, worker }) => {
        worker.send('gats 1000 q/t=60000\r\n');
        const token = (await worker.line())?.split(' ').at(-1);
        await worker.line();
        await worker.line();
        using elsewhere = await TextClient.connect(server.port);
        expect(await elsewhere.set(`q/fail/lease=${token}`, 'why')).toBe('STORED');
      },
    },
    'binary fail': {
      error: 'why',
      attempt: async ({ binary }) => {
        expect(String(await binary.get('q/open/t=60000'))).toBe('job');
        expect(await binary.set('q/fail', 'why')).toBe(0);
      },
    },
    'meta fail': {
      error: 'why',
      attempt: async ({ worker }) => {
        expect(await worker.exchange('mg q/open/t=60000 v\r\n')).toBe('VA 3\njob');
        expect(await worker.exchange('ms q/fail 3\r\nwhy\r\n')).toBe('HD');
      },
    },
    abort: {
      error: `attempt ${MAX_ATTEMPTS} ended without an answer`,
      attempt: async ({ worker }) => {
        expect(await worker.getText('q/open/t=60000')).toBe('job');
        expect(await worker.get('q/abort')).toEqual([]);
      },
    },
    'the end of the connection': {
      error: `attempt ${MAX_ATTEMPTS} ended without an answer`,
      attempt: async ({ server }) => {
        using gone = await TextClient.connect(server.port);
        expect(await gone.getText('q/open/t=60000')).toBe('job');
        gone.socket.resetAndDestroy();
      },
    },
    'the end of its lease': {
      error: `attempt ${MAX_ATTEMPTS} ended without an answer`,
      attempt: async ({ worker }) => {
        worker.send('gats 0 q/t=60000\r\n');
        expect(await worker.values()).toEqual([Buffer.from('job')]);
      },
    },
  };

  it.for(Object.keys(ENDS))(
    'by %s is counted, and the last one puts the job into the failed set',
    async (name, { server, client, worker, binary }) => {
      const { error, attempt } = ENDS[name];
      for (let i = 1; i <= MAX_ATTEMPTS; i++) await attempt({ server, worker, binary });
      // Whoever opens it meanwhile would count another attempt, so this looks from aside.
      let status = await client.getStatus('q/id=k');
      while (status?.state !== 'failed') {
        await client.pass(0.05);
        status = await client.getStatus('q/id=k');
      }
      expect(status).toMatchObject({ attempts: MAX_ATTEMPTS, error, by: expect.stringMatching(/^127\.0/) });
      const failed = await client.getJob('q/failed/info');
      expect(failed).toMatchObject({ body: 'job', attempt: MAX_ATTEMPTS, error, by: status.by });
      expect(await client.get('q q/failed')).toEqual([]);
    },
  );

  it('leaves behind who made it', async ({ client, worker }) => {
    await worker.set('$client', '{"program":"worker","pid":17,"worker":"5f3a9c"}');
    await worker.getText('q/open');
    await worker.set('q/fail/final', 'why');
    expect(await client.getJob('q/failed/info/peek')).toMatchObject({
      error: 'why',
      by: { program: 'worker', pid: 17, worker: '5f3a9c' },
    });
    await client.exchange('touch q/failed 0\r\n');
    await client.set('$client', '"just a text"');
    await client.getText('q/open');
    await client.set('q/fail/final', 'again');
    expect(await client.getJob('q/failed/info')).toMatchObject({ error: 'again', by: 'just a text' });
  });

  it('keeps the priority, and the place', async ({ client, worker }) => {
    await client.exchange('set q 0 0 6\r\nbehind\r\nset q/pri=5 0 0 6\r\nurgent\r\n');
    for (const body of ['urgent', 'urgent', 'urgent', 'job']) {
      expect(await worker.getText('q/open')).toBe(body);
      await worker.set('q/fail', 'why');
    }
    expect(await client.get('q q')).toEqual([Buffer.from('job'), Buffer.from('behind')]);
    expect(await client.getJob('q/failed/info')).toMatchObject({ body: 'urgent', attempt: 3 });
  });

  it('that is final is not repeated, whatever the number', async ({ server, client }) => {
    using binary = await BinaryClient.connect(server.port);
    await binary.get('q/open');
    const extras = storeExtras();
    expect((await binary.ask(Opcode.set, { key: 'q/fail/final', value: 'bad', extras })).status).toBe(0);
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'failed', attempts: 1, error: 'bad' });
    expect((await binary.ask(Opcode.set, { key: 'q/fail', value: 'bad', extras })).status).toBe(5);
  });
});

describe('the failed set', () => {
  it.beforeEach(async ({ worker }) => {
    await worker.getText('q/open');
    await worker.set('q/fail/final', 'why');
  });

  it('is put back with a delay, and the attempts begin again', async ({ client }) => {
    expect(await client.ask('touch q/failed 1')).toBe('TOUCHED');
    expect(await client.getStatus('q/id=k')).toMatchObject({ state: 'waiting', attempts: 0, error: 'why' });
    expect((await client.getStatus('q/id=k'))?.due).toBeGreaterThan(0);
    expect((await client.stats('queues')).get('q:delayed')).toBe('1');
    expect(await client.getJob('q/t=60000/info')).toMatchObject({ body: 'job', attempt: 1, error: 'why' });
  });

  it('does not hold up what waits, nor does a flush empty it', async ({ client }) => {
    await client.set('q', 'next');
    expect(await client.getText('q')).toBe('next');
    expect(await client.ask('flush q')).toBe('OK');
    expect(await client.getText('q/failed/peek')).toBe('job');
    expect(await client.ask('delete q')).toBe('DELETED');
    expect(await client.get('q/failed')).toEqual([]);
  });
});

describe('the backoff', () => {
  /** Milliseconds from the begin of each failed attempt to when it is repeated. */
  async function waits(backoff: string, attempts: number): Promise<number[]> {
    await using own = await startServer({ args: ['--memory', '--backoff', backoff] });
    using reader = await TextClient.connect(own.port);
    await reader.set('q/id=k', 'job');
    const seen: number[] = [];
    for (let i = 0; i < attempts; i++) {
      expect(await reader.getText('q/open/t=60000')).toBe('job');
      const { started } = (await reader.getStatus('q/id=k'))!;
      // In one piece, so that no pause of this process comes between the two.
      const [answer, , status] = (await reader.exchange('set q/fail 0 0 0\r\n\r\nget q/id=k\r\n')).split(
        '\n',
      );
      expect(answer).toBe('STORED');
      seen.push(JSON.parse(status).due - started!);
    }
    return seen;
  }

  // Times are told in whole milliseconds.
  it('is exponential, from a second on, each spread over its upper half', async () => {
    for (const [i, wait] of (await waits('exponential', 2)).entries())
      expect(wait).toBeGreaterThanOrEqual(500 * 2 ** i - 1);
  });

  it('may be fixed, in seconds with fractions', async () => {
    for (const wait of await waits('fixed:0.25', 3)) expect(wait).toBeGreaterThanOrEqual(249);
  });
});

it('no restart of the server ends a last attempt', async () => {
  await using own = await startServer({ args: ['--backoff', 'none', '--max-attempts', '1'] });
  {
    using first = await TextClient.connect(own.port);
    await first.set('q', 'job');
  }
  for (let attempt = 1; attempt <= 3; attempt++) {
    using victim = await TextClient.connect(own.port);
    expect(await victim.getJob('q/open/info')).toMatchObject({ body: 'job', attempt, last: true });
    await own.kill();
    await own.start();
  }
  using last = await TextClient.connect(own.port);
  await last.getText('q/open');
  expect(await last.set('q/fail', 'why')).toBe('STORED');
  expect(await last.getJob('q/failed/info')).toMatchObject({ body: 'job', attempt: 4, error: 'why' });
});
