import { expect } from 'vitest';
import { withPostgres } from '../../fixtures/postgres.ts';
import { until } from '../until.ts';

withPostgres('PostgreSQL for tests', (it) => {
  it('is killed, paused, started again, and reconfigured', async ({ startPostgres }) => {
    const server = await startPostgres({ settings: { work_mem: '5MB' } });
    await server.query('CREATE TABLE t (a int)');
    await server.query('INSERT INTO t VALUES (1)');
    await server.kill();
    expect(server.isRunning).toBe(false);
    await expect(server.query('SELECT')).rejects.toThrow();
    await server.resume();
    expect(await server.query('SELECT * FROM t')).toEqual([{ a: 1 }]);
    server.pause();
    let isAnswered = false;
    const answer = server.query('SHOW work_mem').then((rows) => {
      isAnswered = true;
      return rows;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    await server.resume();
    expect(await answer).toEqual([{ work_mem: '5MB' }]);
    await server.configure({ work_mem: '6MB' });
    expect(await server.query('SHOW work_mem')).toEqual([{ work_mem: '6MB' }]);
  });

  it('has standbys that a commit waits for, and one of them goes on in its place', async ({
    startCluster,
  }) => {
    const { primary, standbys } = await startCluster(2);
    await primary.query('CREATE TABLE t (a int)');
    for (const standby of standbys) await standby.stop();
    const client = await primary.connect();
    let isDone = false;
    const warnings: (string | undefined)[] = [];
    client.on('notice', ({ severity }) => warnings.push(severity));
    const inserted = client.query('INSERT INTO t VALUES (1)').then(() => {
      isDone = true;
    });
    const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
    await until(async () => (await primary.query(waiting)).length > 0);
    expect(isDone).toBe(false);
    await standbys[0]?.resume();
    await inserted;
    expect(warnings).toEqual([]);
    await client.end();
    await primary.kill();
    await standbys[0]?.promote();
    expect(await standbys[0]?.query('SELECT * FROM t')).toEqual([{ a: 1 }]);
    // The old primary follows the new one.
    await primary.follow(standbys[0]!);
    await primary.resume();
    await standbys[0]?.isFollowedBy('primary');
  });
});
