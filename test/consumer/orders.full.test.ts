import net from 'node:net';
import { expect, vi } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { giveOrders } from '../helpers/ordering-server.ts';
import { openTunnel } from '../helpers/tunnel.ts';

const it = withWorkplace(['--memory']);

/** Of what is asked again and again. */
const PATIENCE = { timeout: 60_000, interval: 5 };

it('quiet: a daemon takes no more jobs until it is told to go on, also where it hears it again', async ({
  workplace,
}) => {
  const { connection, post, waits } = await giveOrders(workplace);
  const run = workplace.start('--watch');
  await connection.set('q', "until('go', 'a')");
  await run.started();
  await post({ order: 'quiet' });
  await run.says('paused: no job is taken');
  await connection.set('q', "saveToLocal('b')");
  await workplace.touch('go');
  await workplace.logs(1);
  expect(await connection.get('q/peek')).toBeDefined();
  run.kill('SIGCONT');
  await workplace.logs(2);
  // Its new processes have a new connection.
  const before = waits();
  run.kill('SIGHUP');
  await run.says('was read again');
  await vi.waitFor(() => expect(waits()).toBeGreaterThan(before), PATIENCE);
  await connection.set('q', "saveToLocal('c')");
  await workplace.logs(3);
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr.split('paused: no job is taken')).toHaveLength(2);
});

it.for([{ flags: ['--watch'] }, { flags: [] }])(
  'stop: what runs comes to its end, and no other job begins, with $flags',
  async ({ flags }, { workplace }) => {
    const { connection, post } = await giveOrders(workplace);
    await connection.set('q', "until('go', 'a')");
    const run = workplace.start('--log-level', 'info', ...flags);
    await run.started();
    await connection.set('q', "saveToLocal('b')");
    await post({ order: 'stop' });
    if (flags.length > 0) await run.says('stops: takes no more jobs');
    await workplace.touch('go');
    expect((await run.ended).code).toBe(0);
    expect(await workplace.logged()).toEqual(['a']);
    expect(await connection.get('q/peek')).toBeDefined();
  },
);

it('quiet: a run from cron ends when its jobs have', async ({ workplace }) => {
  const { connection, post } = await giveOrders(workplace);
  await connection.set('q', "until('go', 'a')");
  const run = workplace.start();
  await run.started();
  await post({ order: 'quiet' });
  await connection.set('q', "saveToLocal('b')");
  await workplace.touch('go');
  expect(await run.ended).toEqual({ code: 0, stdout: 'started\n', stderr: '' });
  expect(await workplace.logged()).toEqual(['a']);
});

it('cancel: twice is as once, and what is not its job is not touched', async ({ workplace }) => {
  const { connection, post, posted } = await giveOrders(workplace);
  const run = workplace.start('--watch');
  await connection.set('q/id=a', "untilStopped('a')");
  await run.started();
  expect(await connection.delete('q/id=a')).toBe(true);
  await workplace.logs(1);
  await run.says('was cancelled');
  const [order] = posted();
  expect(order).toMatchObject({ order: 'cancel', id: 'a' });
  const { lease } = order as { lease: number };
  await connection.set('q/id=b', "until('go', 'b')");
  await run.started(2);
  // The same again, of another worker, and of nobody.
  for (const other of [lease, lease + 1000, -1])
    await post({ order: 'cancel', queue: 'q', id: 'b', lease: other });
  await post({ order: 'quiet' });
  await run.says('paused: no job is taken');
  await workplace.touch('go');
  await workplace.logs(2);
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(await workplace.logged()).toEqual(['a', 'b']);
  expect(stderr).toMatch(/"done":1,"failed":0,"rejected":0,"cancelled":1,/);
});

it.for([{ flags: ['--watch'] }, { flags: [] }])(
  'a server that knows of no orders is left alone, with $flags',
  async ({ flags }, { server, client, workplace }) => {
    // As an older one it has a name of its own there, and nothing behind it.
    await using tunnel = await openTunnel(() => {
      const far = net.connect(server.port, '127.0.0.1');
      const write = far.write.bind(far) as (chunk: Buffer) => boolean;
      far.write = (chunk: string | Uint8Array) =>
        write(Buffer.from(Buffer.from(chunk).toString('latin1').replace('$control', '$unknown'), 'latin1'));
      return far;
    });
    await workplace.configure('', tunnel.port);
    await client.set('q', "until('go', 'a')");
    const run = workplace.start('--log-level', 'debug', ...flags);
    await run.says('no orders can come from the server');
    await workplace.touch('go');
    await workplace.logs(1);
    run.kill('SIGTERM');
    const { code, stderr } = await run.ended;
    expect(code).toBe(0);
    expect(stderr.split('no orders can come from the server')).toHaveLength(2);
    expect(stderr).not.toMatch(/"level":[456]0/);
  },
);
