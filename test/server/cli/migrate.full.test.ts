import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { NewCluster } from '../../../server/engine/log/replicated/postgres/new-cluster.ts';
import { PostgresDatabase } from '../../../server/engine/log/replicated/postgres/postgres-database.ts';
import { withPostgres } from '../../fixtures/postgres.ts';
import { memqServer } from '../../helpers/command.ts';
import type { PostgresServer } from '../../helpers/postgres/postgres-server.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { body, rangeOf } from './numbered-messages.ts';

const SMALL = ['--segment-size', '64k'];
const MESSAGES = 500;

function somewhere(): string {
  const root = fs.mkdtempSync(join(tmpdir(), 'memq-migrate-'));
  onTestFinished(() => fs.rmSync(root, { recursive: true }));
  return root;
}

/** Has a stopped server leave a bit of everything. */
async function fill(dataDir: string): Promise<void> {
  await using server = await startServer({ args: SMALL, dataDir });
  using client = await TextClient.connect(server.port);
  for (let i = 0; i < MESSAGES; i++) await client.set('mail', body('mail', i));
  const stored = await client.exchange(
    'set mail/delay=1000 0 0 1\r\nd\r\nset jobs/id=k/group=g/pri=7 0 0 1\r\nk\r\nset jobs/id=e/every=3600 0 0 1\r\ne\r\nset bad/id=f 0 0 1\r\nf\r\nset held/pause 0 0 0\r\n\r\n',
  );
  expect(stored).toBe(Array(5).fill('STORED').join('\n'));
  expect(await client.exchange('gats 600 bad\r\n')).toMatch(/^VALUE bad 0 1 \d+\nf\nEND$/);
  expect(await server.stop()).toBe(0);
}

/** What is in a directory, by its queues. */
async function contentsOf(directory: string): Promise<unknown> {
  const { stdout, stderr } = await memqServer(['inspect', directory, '--bodies', '--json']);
  const { queues, damage, lost } = JSON.parse(stdout || stderr);
  expect({ damage, lost }).toEqual({ damage: [], lost: [] });
  return queues.map(({ bytes: _, ...queue }: { bytes: number }) => queue);
}

function migrate(from: string, to: string, ...more: string[]) {
  return memqServer(['migrate', '--from', from, '--to', to, ...more]);
}

function clustersOf(postgres: PostgresServer): Promise<Record<string, unknown>[]> {
  return postgres.query('SELECT cluster FROM memq.clusters ORDER BY cluster');
}

function databaseOptions({ url }: PostgresServer, cluster: string) {
  return {
    ...{ url, cluster, schema: 'memq', member: 'test', leaseMs: 5000 },
    ...{ requireStandby: false, isUnchecked: false, onCondition: () => {} },
    lines: { info() {}, warn() {}, error() {} },
  };
}

withPostgres('migrate', (it) => {
  describe('migrate', () => {
    it('brings all there and back', { timeout: 300_000 }, async ({ postgres }) => {
      const root = somewhere();
      const [before, after] = [join(root, 'before'), join(root, 'after')];
      await fill(before);
      const contents = await contentsOf(before);
      const there = await migrate(before, postgres.url, '--cluster', 'a');
      expect(there).toMatchObject({ code: 0, stderr: '' });
      expect(there.stdout).toContain(`are in cluster a of ${postgres.url}\n`);
      expect(await clustersOf(postgres)).toEqual([{ cluster: 'a' }]);
      expect(await contentsOf(before)).toEqual(contents);
      const back = await migrate(postgres.url, after, '--cluster', 'a', '--json');
      expect(back).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(back.stdout)).toMatchObject({ target: after, messages: MESSAGES + 4, queues: 4 });
      expect(await contentsOf(after)).toEqual(contents);
      for (const place of [
        { args: ['--cluster', 'a'], log: postgres.url },
        { args: SMALL, dataDir: after },
      ]) {
        await using server = await startServer(place);
        using client = await TextClient.connect(server.port);
        expect(await rangeOf(client, 'mail')).toEqual({ first: 0, end: MESSAGES });
        expect(await client.getStatus('jobs/id=k')).toMatchObject({ state: 'waiting' });
        expect(await client.getStatus('bad/id=f')).toMatchObject({ state: 'running' });
        expect((await client.stats('queues')).get('held:paused')).toBe('yes');
      }
    });

    it('refuses a cluster that there is, with 64, and one that there is not', async ({ postgres }) => {
      const root = somewhere();
      await fill(join(root, 'data'));
      expect(await migrate(join(root, 'data'), postgres.url, '--cluster', 'b')).toMatchObject({ code: 0 });
      const again = await migrate(join(root, 'data'), postgres.url, '--cluster', 'b');
      expect(again).toMatchObject({ code: 64, stdout: '' });
      expect(again.stderr).toContain('there is a cluster b in the database already');
      const none = await migrate(postgres.url, join(root, 'new'), '--cluster', 'none');
      expect(none).toMatchObject({ code: 64, stdout: '' });
      expect(none.stderr).toContain('there is no cluster none in the database');
      expect(fs.readdirSync(root)).toEqual(['data']);
    });

    it('needs the servers of a cluster to be stopped: 75', async ({ postgres }) => {
      const root = somewhere();
      await fill(join(root, 'data'));
      expect(await migrate(join(root, 'data'), postgres.url, '--cluster', 'c')).toMatchObject({ code: 0 });
      const database = await PostgresDatabase.open(databaseOptions(postgres, 'c'));
      const member = {
        id: 'x',
        address: '10.0.0.7:22203',
        version: '1',
        format: 1,
        applied: 0,
        isJoining: false,
      };
      await database.announce(member);
      const { code, stderr } = await migrate(postgres.url, join(root, 'new'), '--cluster', 'c');
      expect(code).toBe(75);
      expect(stderr).toContain('10.0.0.7:22203 serves from cluster c: stop all of them first');
      await database.leave('x');
      await database.close();
      expect(await migrate(postgres.url, join(root, 'new'), '--cluster', 'c')).toMatchObject({ code: 0 });
    });

    it('clears away what one that was killed has left, which no server takes', async ({ postgres }) => {
      const root = somewhere();
      await fill(join(root, 'data'));
      const killed = await NewCluster.make(databaseOptions(postgres, 'd'));
      const waits = await migrate(join(root, 'data'), postgres.url, '--cluster', 'd');
      expect(waits).toMatchObject({ code: 75, stdout: '' });
      expect(waits.stderr).toContain('cluster d is being made by another process');
      await killed.database.close();
      await postgres.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
      );
      const names = await clustersOf(postgres);
      expect(names).toContainEqual({ cluster: 'd.partial' });
      const served = await memqServer(['--log', postgres.url, '--cluster', 'd.partial', '--check-config']);
      expect(served).toMatchObject({ code: 64 });
      expect(await migrate(join(root, 'data'), postgres.url, '--cluster', 'd')).toMatchObject({ code: 0 });
      const left = (await clustersOf(postgres)).map(({ cluster }) => cluster);
      expect(left).toContain('d');
      expect(left).not.toContain('d.partial');
    });
  });
});
