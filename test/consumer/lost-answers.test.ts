import net from 'node:net';
import { expect, vi } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { TextClient } from '../helpers/text-client.ts';
import { openTunnel } from '../helpers/tunnel.ts';
import { worker } from '../helpers/worker-file.ts';

const it = withWorkplace(['--max-attempts', '3', '--backoff', 'none']);

const WORKER = worker(
  `async fails() {
     const { existsSync } = await import('node:fs');
     log('run');
     process.stdout.write('started\\n');
     while (!existsSync('go')) await pause(5);
     throw new Error('no');
   }`,
  "['fails']",
);

it.for([
  // Its next attempt is taken by the wait of the other connection, which goes on.
  ['over a connection that goes on', 'concurrency = 2\n', [1, 2, 3]],
  // It is taken by what was asked together with the failure: that answer is lost, too, until the lease is over.
  ['after another answer was lost', 'lease = 1\n', [1, 3]],
] as const)(
  'runs a failed job again that comes %s, where the answer to its failure was lost',
  async ([, configuration, attempts], { server, workplace }) => {
    const connections: net.Socket[] = [];
    await using tunnel = await openTunnel(() => {
      const connection = net.connect(server.port, '127.0.0.1');
      connections.push(connection);
      return connection;
    });
    await workplace.setWorker(WORKER);
    await workplace.configure(configuration, tunnel.port);
    using client = await TextClient.connect(server.port);
    await client.set('q/id=k', 'fails()');
    const run = workplace.start('--watch');
    await run.started();
    const isState = (state: object) =>
      vi.waitFor(async () => expect(await client.getStatus('q/id=k')).toMatchObject(state), {
        timeout: 60_000,
        interval: 5,
      });
    // The first one is that over which it says how jobs end.
    const [first] = connections;
    first?.unpipe();
    await workplace.touch('go');
    await isState({ attempts: 2 });
    first?.destroy();
    await isState({ state: 'failed', attempts: 3 });
    run.kill('SIGTERM');
    const { code, stderr } = await run.ended;
    expect(code).toBe(0);
    expect(await workplace.logged()).toEqual(attempts.map(() => 'run'));
    const told = stderr.split('\n').filter((line) => line.includes('"kind":"failed"'));
    expect(told.map((line) => (JSON.parse(line) as { attempt: number }).attempt)).toEqual(attempts);
    expect(stderr).not.toContain('it may run again');
    await client.exchange('delete q/failed/id=k\r\n');
  },
);
