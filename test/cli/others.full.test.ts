import { describe, expect } from 'vitest';
import { withMemq } from '../fixtures/memq.ts';
import { MEMQ_BINARY } from '../helpers/memq.ts';
import { onTerminal } from '../helpers/terminal.ts';

const it = withMemq(['--memory'], '[schedule]\nmonthly = 0 3 1 * *   reports   report.month()\n');

it('status says how the server is', async ({ memq }) => {
  const { code, stdout } = await memq(['status']);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^health\tok\nversion\t\S+\npid\t\d+\n/),
  });
  expect(JSON.parse((await memq(['status', '--json'])).stdout)).toMatchObject({
    server: { health: 'ok' },
    overview: { conditions: expect.any(Array) },
  });
});

describe('workers', () => {
  it('are shown, and told what to do', async ({ memq, client, other }) => {
    expect(await memq(['workers'])).toMatchObject({ code: 1, stderr: 'memq: no worker is connected\n' });
    for (const [each, worker] of [
      [client, 'w1aaaaaaaa'],
      [other, 'w1bbbbbbbb'],
    ] as const)
      await each.set(
        '$client',
        JSON.stringify({ worker, host: 'web1', pid: 7, queues: ['mail'], concurrency: 4 }),
      );
    expect((await memq(['workers'])).stdout).toMatch(/^w1aaaaaaaa\tweb1\t7\t.*\nw1bbbbbbbb\tweb1\t7\t/);
    expect(await memq(['workers', 'quiet', 'w1a'])).toMatchObject({
      code: 0,
      stderr: 'w1aaaaaaaa takes nothing more\n',
    });
    expect(await client.getText('$control/t=30000')).toContain('"quiet"');
    expect(await memq(['workers', 'stop', 'w1'])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('any of'),
    });
    expect(await memq(['workers', 'stop', 'w2'])).toMatchObject({ code: 1 });
    expect(await memq(['workers', 'stop'])).toMatchObject({ code: 64 });
    expect(await memq(['workers', 'nonsense', 'w1a'])).toMatchObject({ code: 64 });
  });
});

it('what runs is shown', async ({ memq, client }) => {
  expect(await memq(['running'])).toMatchObject({ code: 1 });
  await client.set('runs/id=job', 'x');
  await client.getText('runs/open');
  expect((await memq(['running'])).stdout).toMatch(/^\S+\truns\treserved\tjob\t/);
});

it('the schedule is shown, disabled, enabled and run', async ({ memq, client }) => {
  expect((await memq(['schedule'])).stdout).toMatch(/^monthly\treports\t0 3 1 \* \*\t/);
  expect(await memq(['schedule', 'disable', 'monthly'])).toMatchObject({ code: 0 });
  expect((await memq(['schedule'])).stdout).toMatch(/\tdisabled\t/);
  expect(await memq(['schedule', 'enable', 'monthly'])).toMatchObject({ code: 0 });
  expect(await memq(['schedule', 'run', 'monthly'])).toMatchObject({ code: 0, stderr: 'monthly runs\n' });
  expect(await client.getText('reports')).toBe('report.month()');
  expect(await memq(['schedule', 'run', 'nightly'])).toMatchObject({ code: 1 });
  expect(await memq(['schedule', 'run'])).toMatchObject({ code: 64 });
});

it('a text is found in any queue, or in one', async ({ memq, client }) => {
  await client.set('search:a', 'needle one');
  await client.set('search:b', 'needle two');
  expect((await memq(['search', 'needle'])).stdout.trimEnd().split('\n')).toHaveLength(2);
  expect((await memq(['search', 'needle', '--queue', 'search:b'])).stdout).toMatch(
    /^\S+\tsearch:b\t[^\n]*needle two\t\n$/,
  );
  expect(await memq(['search', 'haystack'])).toMatchObject({ code: 1 });
});

it('settings are lines of a name and a value', async ({ memq }) => {
  expect((await memq(['settings'])).stdout).toMatch(/^max_attempts\t25$/m);
});

describe('api', () => {
  it('sends any request', async ({ memq, client }) => {
    await client.set('api', 'x');
    expect(JSON.parse((await memq(['api', 'get', '/queues/api'])).stdout)).toMatchObject({ name: 'api' });
    expect((await memq(['api', 'GET', '/healthz'])).code).toBe(0);
    const input = '{"payload":"y"}';
    expect(
      JSON.parse((await memq(['api', 'POST', '/queues/api/messages', '--input'], { input })).stdout),
    ).toMatchObject({
      queue: { name: 'api' },
    });
    expect(await memq(['api', 'GET', '/nothing'])).toMatchObject({ code: 1, stdout: '' });
    expect(await memq(['api', 'GET', '/queues/a b'])).toMatchObject({ code: 64 });
  });
});

describe('completion', () => {
  it.for([
    [['que'], ['queues', 'queue']],
    [['--url', 'http://x', 'stat'], ['status']],
    [['retry', 'mail', '--gr'], ['--group']],
    [['list', 'mail', '--state', 'f'], ['failed']],
    [['workers', 'q'], ['quiet']],
    [
      ['schedule', ''],
      ['run', 'disable', 'enable'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['status', ''], []],
  ] as const)('of %j is %j', async ([words, found], { memq }) => {
    expect(await memq(['complete', '--', ...words])).toEqual({
      code: 0,
      stdout: found.map((each) => `${each}\n`).join(''),
      stderr: '',
    });
  });

  it('has queues, by names that do nothing to a shell', async ({ memq, client }) => {
    for (const name of ['tab:a', 'tab:b', 'tab$(reboot)']) await client.set(name, 'x');
    expect((await memq(['complete', '--', 'queue', 'tab'])).stdout).toBe('tab:a\ntab:b\n');
    expect((await memq(['complete', '--', 'move', 'x', 'tab:b'])).stdout).toBe('tab:b\n');
    expect((await memq(['complete', '--', 'search', 'x', '--queue', 'tab:b'])).stdout).toBe('tab:b\n');
    expect((await memq(['complete', '--', '--url', 'unix:/nonexistent/x', 'queue', 'tab'])).stdout).toBe('');
  });
});

it('on a terminal there is a table, and JSON that does nothing to it', async ({ server, client }) => {
  await client.set('table', 'x');
  const seen = await onTerminal('.', [MEMQ_BINARY, '--url', server.url, 'queues', 'table', '--no-color']);
  if (seen === undefined) return;
  expect(seen).toMatch(/^QUEUE +READY +DELAYED +RUNNING +FAILED +OLDEST .*\r\ntable +1 +0 +0 +0 /);
  await client.set('t\u001bable', 'x');
  const json = await onTerminal('.', [MEMQ_BINARY, '--url', server.url, 'queues', 't*able', '--json']);
  expect(json).toContain('"t\\u001bable"');
  const red = await onTerminal('.', [MEMQ_BINARY, '--url', server.url, 'queues', 'table']);
  expect(red).toContain('\u001b[2mQUEUE');
});
