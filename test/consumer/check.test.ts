import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Connection } from '../../shared/memcache.ts';
import { withWorkplace } from '../fixtures/workplace.ts';
import { startServer } from '../helpers/server.ts';

const it = withWorkplace();

it('says what a run would do, and takes no job', async ({ workplace }) => {
  await workplace.enqueue("saveToLocal('a')", "saveToLocal('b')");
  await workplace.configure(
    'processes = 2\nconcurrency = 3\ntimeout = 1.5\nrecycle = 100\nmethods = fails\n',
  );
  const { code, stdout, stderr } = await workplace.consume('--check');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    `${join(workplace.directory, 'config.ini')}: one run at a time; a stop waits 10 s for jobs that run`,
    '',
    'q',
    `  worker     class Worker, in ${join(workplace.directory, 'worker.mjs')}`,
    '  methods    fails',
    '  payloads   auto, in utf-8',
    '  processes  2, replaced after 100 jobs',
    '  jobs       3 at a time in each process, 1.5 s at most',
    expect.stringMatching(/^ {2}server {5}127\.0\.0\.1:\d+, memq-server \d\S*; 2 jobs wait, in 1 queue$/),
    '',
  ]);
  expect(await workplace.peek()).toMatchObject({ attempt: 1 });
});

it('tells of each section, and counts the queues that its list has', async ({ workplace }) => {
  await using other = await startServer();
  const client = new Connection({ host: '127.0.0.1', port: other.port, timeoutMs: 10_000 });
  for (const queue of ['mail:1', 'mail:2', 'noise', 'q']) await client.set(queue, 'x()');
  client.close();
  await writeFile(join(workplace.directory, 'a b.js'), 'process.stdin.resume();');
  await workplace.configure(
    `[several]\nqueuename = mail:1:2,mail:2:1\nqueueport = ${other.port}\n` +
      `[rest]\nqueuename = *,!noise,!mail:2\nqueueport = ${other.port}\n` +
      `[script]\nqueuename = none\ncommand = node "a b.js" # c\nmethods = a, b\nclassname = App\\Jobs\nclient = dalli\n`,
  );
  const { code, stdout } = await workplace.consume('--check');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^\[several\] mail:1:2,mail:2:1\n(?: .*\n)* {2}server .*; 2 jobs wait, in 2 queues$/m,
  );
  expect(stdout).toMatch(/^\[rest\] \*,!noise,!mail:2\n(?: .*\n)* {2}server .*; 2 jobs wait, in 2 queues$/m);
  expect(stdout).toContain(`worker     node "a b.js", in ${workplace.directory}, for class App\\Jobs\n`);
  expect(stdout).toContain('methods    a, b\n  payloads   auto, in utf-8, from dalli\n');
  expect(stdout).toMatch(/0 jobs wait, in 0 queues\n$/);
});

it('logs in', async ({ workplace }) => {
  const file = join(workplace.directory, 'users');
  await writeFile(file, 'me:secret\n');
  await using locked = await startServer({ args: ['--auth-file', file] });
  await workplace.configure('username = me\npassword = secret\n', locked.port);
  const right = await workplace.consume('--check');
  expect(right.code).toBe(0);
  expect(right.stdout).toContain(', logged in as me; 0 jobs wait');
  expect(right.stdout).not.toContain('secret');
  await workplace.configure('username = me\npassword = wrong\n', locked.port);
  const wrong = await workplace.consume('--check');
  expect(wrong.code).toBe(77);
  expect(wrong.stdout).toContain('refused the login of "me": username or password is wrong');
  await workplace.configure('', locked.port);
  const none = await workplace.consume('--check');
  expect(none.code).toBe(77);
  expect(none.stdout).toContain(
    `server     PROBLEM: the server at 127.0.0.1:${locked.port} wants a login: set`,
  );
});

it('says that a login has no effect where none is asked for', async ({ workplace }) => {
  await workplace.configure('username = me\npassword = secret\n');
  const { code, stdout } = await workplace.consume('--check');
  expect(code).toBe(0);
  expect(stdout).toContain(', which asks for no login: username and password have no effect; 0 jobs wait');
});

it('says which queues are paused', async ({ workplace, client }) => {
  const paused = 'is paused: no job of it is taken before somebody sends "set q/resume"';
  await workplace.enqueue("saveToLocal('a')");
  await client.set('q/pause', '');
  expect((await workplace.consume('--check')).stdout).toMatch(
    new RegExp(`; 1 job waits, in 1 queue; q ${paused}\n$`),
  );
  expect(await workplace.consume('--dry-run')).toEqual({ code: 0, stdout: `q ${paused}\n`, stderr: '' });

  const names = ['low', ...Array.from({ length: 6 }, (_, i) => `p${i}`)];
  for (const name of names) await client.set(name, "fails('b')");
  for (const name of names.slice(1)) await client.set(`${name}/pause`, '');
  await workplace.configure('queuename = q,*\n');
  const { stdout } = await workplace.consume('--dry-run');
  expect(stdout).toMatch(/^(?:\w+, ){4}\w+ and 2 more are paused: no job of them is taken before/);
  expect(stdout).toMatch(/\njob \d+ of low, attempt 1: would call Worker\.fails\('b'\)\n$/);

  for (const name of ['q', ...names]) await client.ask(`delete ${name}`);
  expect((await workplace.consume('--check')).stdout).toMatch(/; 0 jobs wait, in 0 queues\n$/);
});

it('says of methods that the class does not have what they may be, and where they are', async ({
  workplace,
}) => {
  await workplace.configure('methods = saveToLocl, fails, Untill\n');
  for (const flags of [['--check'], []]) {
    const { code, stdout, stderr } = await workplace.consume(...flags);
    expect(code).toBe(78);
    expect(stdout + stderr).toMatch(
      /config\.ini:5: methods has saveToLocl, which class Worker does not allow; is it saveToLocal\?\n *config\.ini:5: methods has Untill, which .*; is it until\?\n/,
    );
  }
  await workplace.configure('[a]\nqueuename = r\nclassname = Wroker\nclassfile = worker.mjs\n');
  expect(await workplace.consume()).toMatchObject({
    code: 77,
    stderr: expect.stringContaining('config.ini:6: classfile'),
  });
});

it('tells all problems, and ends with the status of the first', async ({ workplace }) => {
  await mkdir(join(workplace.directory, 'bare'));
  await writeFile(join(workplace.directory, 'bare/bare.mjs'), 'export default class Bare {}');
  await writeFile(join(workplace.directory, 'broken.mjs'), "throw new Error('broken\u001b[31m')");
  await workplace.configure(
    '[a]\nqueuename = a\nclassname = Bare\nclassfile = bare/bare.mjs\n' +
      '[b]\nqueuename = b\nclassname = Broken\nqueueport = 1\n' +
      '[c]\nqueuename = c\nmethods = none\n' +
      '[d]\nqueuename = d\ncommand = no-such-program x\nmethods = y\n' +
      '[e]\nqueuename = e\ncommand = ./no-such-program\nmethods = y\n',
  );
  const { code, stdout } = await workplace.consume('--check');
  expect(code).toBe(77);
  const problems = stdout.split('\n').filter((line) => line.includes('PROBLEM'));
  expect(problems).toEqual([
    expect.stringMatching(/methods {4}PROBLEM: .* class Bare does not say which of its methods/),
    expect.stringMatching(/methods {4}PROBLEM: .*broken\.mjs cannot be loaded: Error: broken\\u001b\[31m/),
    expect.stringMatching(/server {5}PROBLEM: .*127\.0\.0\.1:1/),
    expect.stringMatching(
      /methods {4}PROBLEM: config\.ini:15: methods has none, which class Worker does not allow; it allows saveToLocal, fails/,
    ),
    expect.stringMatching(/methods {4}PROBLEM: command no-such-program x: .*(no-such-program|ENOENT)/),
    expect.stringMatching(/methods {4}PROBLEM: command \.\/no-such-program: ./),
  ]);
});

it('knows a server that is not a memq-server', async ({ workplace }) => {
  // Says to whatever it is asked that it has no such statistics, as memcached's binary protocol has it.
  const stranger = createServer((socket) =>
    socket.on('data', (request) => {
      const answer = Buffer.alloc(24);
      request.copy(answer, 12, 12, 16);
      answer[0] = 0x81;
      answer[1] = request[1];
      socket.write(answer);
    }),
  );
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  const { port } = stranger.address() as { port: number };
  await workplace.configure('', port);
  const { code, stdout } = await workplace.consume('--check');
  stranger.close();
  expect(code).toBe(69);
  expect(stdout).toContain(
    `server     PROBLEM: the server at 127.0.0.1:${port} cannot be used: what listens there is no memq-server, but answers as memcached does: correct the address`,
  );
});

it('says of a configuration with mistakes all of them, for people to read', async ({ workplace }) => {
  await workplace.configure('colour = red\nprocesses = many\n');
  const { code, stdout, stderr } = await workplace.consume('--check');
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
  expect(stderr).toContain('config.ini:5: unknown key colour');
  expect(stderr).toContain('config.ini:6: processes: "many" is not a whole number');
});

it('waits as long as start_timeout for a class that does not finish loading', async ({ workplace }) => {
  await workplace.setWorker('await new Promise(() => setInterval(() => {}, 1000)); export default 1;');
  await workplace.configure('start_timeout = 0.5\n');
  const { code, stdout } = await workplace.consume('--check');
  expect(code).toBe(78);
  expect(stdout).toContain('does not finish loading');
});
