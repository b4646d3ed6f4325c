import { describe, expect } from 'vitest';
import { type ServerFixtures, withServer } from '../../fixtures/server.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const MAX_ATTEMPTS = 4;
/** So far off, seconds, that what waits for it does not come in a test. */
const BACKOFF = 10_000;
/** A lease of no seconds, the queue's own, is over soon. */
const it = withServer(
  ['--backoff', `fixed:${BACKOFF}`, '--max-attempts', String(MAX_ATTEMPTS)],
  '[queue:*]\nlease = 0.1',
);

it.beforeEach(async ({ other }) => {
  await other.exchange('delete q\r\nset q/id=k 0 0 3\r\njob\r\nset q 0 0 4\r\nnext\r\n');
});

type Connections = Pick<ServerFixtures, 'worker' | 'binary'>;

/** How each protocol opens what is next in a queue, and says something of what it has open. */
const PROTOCOLS = {
  text: {
    open: async ({ worker }: Connections) => worker.getText('q/open'),
    tell: async ({ worker }: Connections, key: string, value: string) =>
      (await worker.set(key, value)) === 'STORED',
  },
  meta: {
    open: async ({ worker }: Connections) => (await worker.exchange('mg q/open v\r\n')).split('\n')[1],
    tell: async ({ worker }: Connections, key: string, value: string) => {
      const answer = await worker.exchange(`ms ${key} ${value.length}\r\n${value}\r\n`);
      expect(answer).toMatch(/^(HD|NS)$/);
      return answer === 'HD';
    },
  },
  binary: {
    open: async ({ binary }: Connections) => String(await binary.get('q/open')),
    tell: async ({ binary }: Connections, key: string, value: string) => {
      const status = await binary.set(key, value);
      expect([0, 5]).toContain(status);
      return status === 0;
    },
  },
};
const NAMES = Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[];

/** A lease of what is next; its token. */
async function lease(client: TextClient): Promise<string> {
  const answer = await client.exchange('gats 1000 q\r\n');
  return /^VALUE q 0 \d+ (\d+)\n/.exec(answer)?.[1] as string;
}

/** Whoever takes what is next dies with it. */
async function die(port: number): Promise<void> {
  using victim = await TextClient.connect(port);
  await victim.getText('q/open/t=60000');
  victim.socket.resetAndDestroy();
}

/** Waits until nobody holds anything of the queue. */
async function atRest(client: TextClient): Promise<void> {
  await until(async () => (await client.figure('q:reserved')) === '0');
}

describe.each(NAMES)('%s: set q/return', (protocol) => {
  const { open, tell } = PROTOCOLS[protocol];

  it('puts back what is open as if it had never been taken', async ({ worker, binary, other }) => {
    expect(await open({ worker, binary })).toBe('job');
    expect(await tell({ worker, binary }, 'q/return', '')).toBe(true);
    expect(await tell({ worker, binary }, 'q/return', '')).toBe(false);
    expect(await other.getStatus('q/id=k')).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(await other.getJob('q/info')).toMatchObject({ body: 'job', attempt: 1 });
    expect(await other.drain()).toEqual(['next']);
  });

  it('puts back a lease by its token, from any connection, whatever its value', async ({
    worker,
    binary,
    other,
  }) => {
    const token = await lease(other);
    expect(await tell({ worker, binary }, `q/return/lease=${token}`, 'not begun')).toBe(true);
    expect(await tell({ worker, binary }, `q/lease=${token}/return`, '')).toBe(false);
    expect(await other.ask(`delete q/lease=${token}`)).toBe('NOT_FOUND');
    expect(await other.getJob('q/info')).toMatchObject({ body: 'job', attempt: 1 });
  });

  it('finds nothing where nothing is open, and stores nothing', async ({ worker, binary, other }) => {
    expect(await tell({ worker, binary }, 'p/return', 'x')).toBe(false);
    expect(await tell({ worker, binary }, 'p/return/lease=1', 'x')).toBe(false);
    expect(await other.get('p')).toEqual([]);
  });
});

describe('set q/return', () => {
  it('ends what is open of a list of queues', async ({ worker, other }) => {
    await worker.set('$watch', 'q');
    expect(await worker.getText('$watch/open')).toBe('job');
    expect(await worker.set('$watch/return', '')).toBe('STORED');
    expect(await worker.set('$watch/return', '')).toBe('NOT_STORED');
    expect(await other.drain()).toEqual(['job', 'next']);
  });

  it('goes to who waits', async ({ worker, other }) => {
    await worker.get('q q/open');
    other.send('get q/info/t=60000\r\n');
    expect(await worker.set('q/return', '')).toBe('STORED');
    expect(await other.values()).toEqual([expect.objectContaining({ length: expect.any(Number) })]);
  });

  it('stays in a queue that was paused meanwhile', async ({ worker, other }) => {
    await worker.getText('q/open');
    await other.set('q/pause', '');
    expect(await worker.set('q/return', '')).toBe('STORED');
    expect(await other.get('q')).toEqual([]);
    expect(await other.set('q/resume', '')).toBe('STORED');
    expect(await other.drain()).toEqual(['job', 'next']);
  });

  it('gives up a job that was cancelled meanwhile: it does not come back', async ({ worker, other }) => {
    await worker.getText('q/open');
    expect(await other.ask('delete q/id=k')).toBe('DELETED');
    await worker.set('q/return', '');
    expect(await other.drain()).toEqual(['next']);
  });
});

describe.each(NAMES)('%s: set q/fail/died', (protocol) => {
  const { open, tell } = PROTOCOLS[protocol];

  it('is a failed attempt, and a death', async ({ worker, binary, other }) => {
    expect(await open({ worker, binary })).toBe('job');
    expect(await tell({ worker, binary }, 'q/fail/died', 'exit 137')).toBe(true);
    expect(await tell({ worker, binary }, 'q/fail/died', 'exit 137')).toBe(false);
    const status = await other.getStatus('q/id=k');
    expect(status).toMatchObject({ state: 'waiting', attempts: 1, error: 'exit 137' });
    expect(status?.due).toBeGreaterThan(Date.now() + 0.9 * BACKOFF * 1000);
  });

  it('is so of a lease by its token, and of a last attempt', async ({ worker, binary, other }) => {
    const token = await lease(other);
    expect(await tell({ worker, binary }, `q/fail/final/died/lease=${token}`, 'exit 137')).toBe(true);
    expect(await tell({ worker, binary }, `q/fail/died/lease=${token}`, 'exit 137')).toBe(false);
    const failed = await other.getJob('q/failed/peek/info');
    expect(failed).toMatchObject({ body: 'job', attempt: 1, deaths: 1, error: 'exit 137' });
    expect(failed).not.toHaveProperty('last');
    // Somebody wants another try: it begins anew.
    expect(await other.ask('touch q/failed/id=k 0')).toBe('TOUCHED');
    const again = await other.getJob('q/info');
    expect(again).toMatchObject({ body: 'job', attempt: 1 });
    expect(again).not.toHaveProperty('deaths');
  });
});

it('fail without "died", abort and return are no deaths', async ({ worker, other }) => {
  await worker.getText('q/open');
  await worker.get('q/abort');
  await worker.getText('q/open');
  await worker.set('q/return', '');
  await worker.getText('q/open');
  await worker.set('q/fail/final', 'why');
  const failed = await other.getJob('q/failed/info');
  expect(failed).toMatchObject({ body: 'job', attempt: 2 });
  expect(failed).not.toHaveProperty('deaths');
});

describe('what was held by who died', () => {
  /** How whoever holds a message dies. */
  const DEATHS = {
    'end of the connection': die,
    'end of the connection that has a lease': async (port: number) => {
      using victim = await TextClient.connect(port);
      await victim.exchange('gat 1000 q\r\n');
      victim.socket.resetAndDestroy();
    },
    'end of a lease': async (port: number) => {
      using victim = await TextClient.connect(port);
      await victim.exchange('gats 0 q\r\n');
    },
  };

  it.for(Object.entries(DEATHS))(
    'by the %s comes back at once the first time, and then after the backoff',
    async ([, end], { server, other }) => {
      await end(server.port);
      await atRest(other);
      // At its old place; a look that might wait changes nothing.
      for (const look of ['q/peek/info', 'q/peek/info/t=60000'])
        expect(await other.getJob(look)).toMatchObject({ body: 'job', attempt: 2, deaths: 1 });
      await end(server.port);
      await atRest(other);
      const status = await other.getStatus('q/id=k');
      expect(status).toMatchObject({ state: 'waiting', attempts: 2 });
      expect(status?.due).toBeGreaterThan(Date.now() + 0.9 * BACKOFF * 1000);
      expect(await other.drain()).toEqual(['next']);
    },
  );

  it.for(['abort', 'return'])('begins the row anew with %s', async (how, { server, worker, other }) => {
    await die(server.port);
    await atRest(other);
    expect(await worker.getText('q/open')).toBe('job');
    await worker.get(`q/${how}`);
    await die(server.port);
    await atRest(other);
    const attempt = how === 'abort' ? 4 : 3;
    expect(await other.getJob('q/info')).toMatchObject({ body: 'job', attempt, deaths: 2 });
  });

  it('fails for good after its last attempt, and its deaths are told', async ({ server, worker, other }) => {
    await die(server.port);
    await atRest(other);
    for (let attempt = 2; attempt < MAX_ATTEMPTS; attempt++) {
      expect(await worker.getText('q/open')).toBe('job');
      await worker.get('q/abort');
    }
    await die(server.port);
    expect(await other.getText('q/t=60000')).toBe('next');
    await atRest(other);
    expect(await other.getJob('q/failed/info')).toMatchObject({
      body: 'job',
      attempt: MAX_ATTEMPTS,
      deaths: 2,
      error: `attempt ${MAX_ATTEMPTS} ended without an answer`,
    });
  });

  it('comes back at once, however often, without a backoff', async () => {
    await using own = await startServer({ args: ['--memory', '--backoff', 'none'] });
    using client = await TextClient.connect(own.port);
    await client.set('q', 'job');
    for (let deaths = 0; deaths < 4; deaths++) await die(own.port);
    expect(await client.getJob('q/info/t=60000')).toMatchObject({ attempt: 5, deaths: 4 });
  });
});

describe('/info', () => {
  it('says which attempt is the last one', async ({ worker, binary, other }) => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const last = attempt === MAX_ATTEMPTS ? true : undefined;
      expect((await other.getJob('q/peek/info'))?.last).toBe(last);
      expect(await worker.exchange('mg q/info v\r\n')).toContain('\n{"queue":"q"');
      await other.exchange('delete q\r\nset q 0 0 3\r\njob\r\n');
      for (let count = 1; count < attempt; count++) await worker.get('q/open q/abort');
      const [line] = String(await binary.get('q/open/info')).split('\n');
      expect(JSON.parse(line)).toMatchObject(last === undefined ? { attempt } : { attempt, last });
      expect(line.includes('"last"')).toBe(last === true);
      await binary.get('q/abort');
    }
    expect(await other.getJob('q/failed/info')).not.toHaveProperty('last');
  });
});

it('options that do not go with these are refused by name', async ({ client }) => {
  const refused = {
    'q/died': 'died',
    'q/close/died': 'died',
    'q/return/died': 'died',
    'q/return/final': 'final',
    'q/return/close': 'return',
    'q/return/fail': 'return',
    'q/return/id=k': 'id',
    'q/return/delay=5': 'delay',
    'q/return/pri=5': 'pri',
    '$client/return': 'client',
  };
  for (const [key, name] of Object.entries(refused)) {
    const answer = await client.exchange(`set ${key} 0 0 9\r\nflush_all\r\n`);
    expect(answer, key).toMatch(/^CLIENT_ERROR [^\n]*$/);
    expect(answer, key).toContain(name);
  }
  for (const verb of ['add', 'replace', 'append', 'prepend']) {
    for (const option of ['return', 'died']) {
      const answer = await client.exchange(`${verb} q/${option} 0 0 1\r\nx\r\n`);
      expect(answer).toMatch(new RegExp(`^CLIENT_ERROR .*"${option}"`));
    }
  }
  expect(await client.exchange('get q/died\r\n')).toMatch(/^CLIENT_ERROR .*"died"/);
});
