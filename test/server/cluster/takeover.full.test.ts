import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { withPostgres } from '../../fixtures/postgres.ts';
import { ask } from '../../helpers/http.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

/** On a machine with nothing else to do it is a tenth of that. */
const TIME_LIMIT_MS = 300_000;

/** Servers that share a log. */
class Servers {
  readonly #url: string;
  readonly all: TestServer[] = [];
  readonly acknowledged: string[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  async add(...args: string[]): Promise<TestServer> {
    const server = await startServer({ log: this.#url, http: true, args });
    this.all.push(server);
    return server;
  }

  /** Waits until one says that it leads, of those that are not in `not`. */
  async leader(...not: TestServer[]): Promise<TestServer> {
    let found: TestServer | undefined;
    await until(() => {
      found = this.all.find((each) => each.isRunning && !not.includes(each) && leads(each));
      return found !== undefined;
    });
    return found as TestServer;
  }

  /** Stores so many messages more over any of the servers, each until it is acknowledged. */
  async store(count: number, ...not: TestServer[]): Promise<void> {
    for (let i = 0; i < count; i++) {
      const text = `m${this.acknowledged.length}`;
      await until(async () => {
        const running = this.all.filter((each) => each.isRunning && !not.includes(each));
        const server = running[i % running.length] as TestServer;
        try {
          using client = await TextClient.connect(server.port);
          return (await client.set('q', text)) === 'STORED';
        } catch {
          return false;
        }
      });
      this.acknowledged.push(text);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.all) await server[Symbol.asyncDispose]();
  }
}

/** Whether it leads, as its last line about that has it. */
function leads({ log }: TestServer): boolean {
  const told = log.findLast(
    ({ msg }) => msg === 'leads' || msg === 'follows' || /^does not lead/.test(String(msg)),
  );
  return told?.msg === 'leads';
}

withPostgres('a cluster of servers', (it) => {
  it(
    'goes on when its leader is killed, paused or told to end, and loses nothing that was acknowledged',
    async ({ startCluster }) => {
      const { primary } = await startCluster(1);
      await using servers = new Servers(primary.url);
      for (let i = 0; i < 3; i++) await servers.add();
      await servers.store(5);

      const killed = await servers.leader();
      await killed.kill();
      await servers.store(5);

      const paused = await servers.leader();
      using client = await TextClient.connect(paused.port);
      await client.ask('version');
      process.kill(paused.pid, 'SIGSTOP');
      // It cannot know when it goes on that this is not so any more.
      const answer = client.exchange('get q/peek\r\nget nothing\r\n').catch((error: Error) => error.message);
      const listed = ask(paused.url, '/api/v1/queues').catch((error: Error) => ({ text: error.message }));
      const next = await servers.leader(paused);
      await servers.store(5, paused);
      using changing = await TextClient.connect(next.port);
      expect(await changing.set('new', 'x')).toBe('STORED');
      process.kill(paused.pid, 'SIGCONT');
      expect(await answer).not.toMatch(/END|VALUE/);
      // A failure, or what the new leader says by it.
      const { text } = await listed;
      expect(!text.includes('"items"') || text.includes('"new"')).toBe(true);
      await until(() => !leads(paused));
      await until(async () => {
        const { cluster } = JSON.parse((await ask(next.url, '/api/v1/server')).text);
        return cluster.members.filter(({ joining }: { joining: boolean }) => !joining).length === 2;
      });

      const begun = performance.now();
      expect(await next.stop()).toBe(0);
      await servers.leader();
      // Nobody waits for a lease of five seconds.
      expect(performance.now() - begun).toBeLessThan(60_000);
      expect(next.log.find(({ msg }) => msg === 'has led to the end')).toHaveProperty('successor');
      await servers.store(5);

      using last = await TextClient.connect((await servers.leader()).port);
      const left = await last.drain();
      // What was not acknowledged may be there as well, or twice where it was sent again.
      expect(servers.acknowledged.filter((text) => !left.includes(text))).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  it(
    'takes a message of the largest size over from one server to the next',
    async ({ startCluster }) => {
      const { primary } = await startCluster(1);
      await using servers = new Servers(primary.url);
      // Neither has it in memory.
      const args = ['--max-item-size', '8m', '--cache-size', '1m'];
      await servers.add(...args);
      await servers.leader();
      const follower = await servers.add(...args);
      await until(async () => (await ask(follower.url, '/readyz')).status === 200);
      const body = randomBytes(8 * 1024 ** 2);
      using storing = await TextClient.connect(follower.port);
      expect(await storing.set('q', body)).toBe('STORED');
      const killed = await servers.leader();
      await killed.kill();
      const next = await servers.leader(killed);
      using client = await TextClient.connect(next.port);
      const [taken] = await client.get('q');
      expect(body.equals(taken as Buffer)).toBe(true);
    },
    TIME_LIMIT_MS,
  );

  it(
    'never leads by one that cannot listen for clients',
    async ({ startPostgres }) => {
      const postgres = await startPostgres();
      const args = ['--unix-socket', '/nowhere/memq.sock'];
      await using server = await startServer({ log: postgres.url, args });
      await until(() => !server.isRunning);
      expect(await postgres.query('SELECT epoch FROM memq.clusters')).toEqual([{ epoch: '0' }]);
      expect(await postgres.query('SELECT id FROM memq.members')).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  it(
    'tells of itself through each of its servers, and never of the password',
    async ({ startCluster }) => {
      const { primary } = await startCluster(1);
      await using servers = new Servers(primary.url.replace('//memq@', '//memq:s3cret@'));
      const first = await servers.add();
      await servers.leader();
      const second = await servers.add();
      await until(async () => (await ask(second.url, '/readyz')).status === 200);
      expect((await ask(first.url, '/readyz')).text).toContain('leading in epoch 1');
      expect((await ask(second.url, '/readyz')).text).toContain('following in epoch 1');
      expect((await ask(second.url, '/metrics')).text).toContain(
        'memq_role{cluster="memq",role="following"} 1',
      );
      // All else is the leader's, whichever is asked.
      const server = JSON.parse((await ask(second.url, '/api/v1/server')).text);
      expect(server).toMatchObject({ pid: first.pid, health: 'ok', cluster: { role: 'leading', epoch: 1 } });
      expect(server.cluster.database).toMatchObject({ replicated: true, refusal: null });
      using client = await TextClient.connect(second.port);
      const stats = await client.stats('');
      expect(stats.get('pid')).toBe(String(first.pid));
      // It looks once a second who is there.
      await until(async () => (await client.stats('')).get('cluster_members') === '2');
      const settings = await client.exchange('stats settings\r\n');
      expect(settings).toContain('STAT log postgres://memq@');
      const told = JSON.stringify([server, [...stats], settings, first.log, second.log]);
      expect(told).not.toContain('s3cret');

      // Both read their configuration again, and the one that follows ends without a word to the other.
      for (const each of [first, second]) {
        process.kill(each.pid, 'SIGHUP');
        await until(() => each.log.some(({ msg }) => String(msg).includes('were read again')));
      }
      expect(await second.stop()).toBe(0);
      expect(leads(first)).toBe(true);
    },
    TIME_LIMIT_MS,
  );
});
