import { expect } from 'vitest';
import { withPostgres } from '../../fixtures/postgres.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

withPostgres('a cluster of servers', (it) => {
  it('play', async ({ startCluster }) => {
    const { primary } = await startCluster(1);
    const t = performance.now();
    const say = (...x: unknown[]) => process.stderr.write(`${Math.round(performance.now() - t)} ${x.map((y) => typeof y === 'string' ? y : JSON.stringify(y)).join(' ')}\n`);
    const servers: TestServer[] = [];
    for (let i = 0; i < 3; i++) servers.push(await startServer({ log: primary.url, http: true }));
    say('started');
    const leaderOf = () => servers.filter((s) => s.isRunning).find((s) => s.log.findLast(({ msg }) => ['leads', 'follows'].includes(msg as string))?.msg === 'leads');
    await until(() => leaderOf() !== undefined);
    say('leads');
    try {
      for (const server of servers) {
        using client = await TextClient.connect(server.port);
        say(await client.ask('set q 0 0 1\r\nx'));
        say((await client.stats('')).get('cluster_role'));
      }
      const old = leaderOf()!;
      say('kill');
      await old.kill();
      await until(() => leaderOf() !== undefined);
      say('leads again');
      const [follower] = servers.filter((s) => s.isRunning && s !== leaderOf());
      using client = await TextClient.connect(follower!.port);
      say(await client.ask('get q'));
      say('term');
      const stopping = leaderOf()!;
      say(await stopping.stop());
      say(await client.reconnect());
      say(await client.ask('get q'));
      say('served');
    } finally {
      for (const server of servers) {
        say(...server.log.map((l) => `\n${server.port} ${JSON.stringify(l)}`));
        await server[Symbol.asyncDispose]();
      }
    }
    expect(1).toBe(1);
  }, 120_000);
});
