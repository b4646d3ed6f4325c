import { expect } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { TextClient } from '../helpers/text-client.ts';

const it = withWorkplace(['--backoff', 'fixed:1', '--max-attempts', '3']);

it('shows a job on a dry run, and changes nothing', async ({ workplace }) => {
  expect(await workplace.consume('--dry-run')).toEqual({ code: 0, stdout: '', stderr: '' });
  await workplace.enqueue("saveToLocal('a\u001b[31m')", "saveToLocal('b')");
  const before = await workplace.peek();
  const { code, stdout, stderr } = await workplace.consume('--dry-run');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain("would call Worker.saveToLocal('a\\u001b[31m')");
  expect(await workplace.peek()).toEqual(before);
  expect(await workplace.logged()).toEqual([]);
  expect((await workplace.consume()).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a\u001b[31m', 'b']);
});

it('says on a dry run why a job would be refused', async ({ workplace }) => {
  await workplace.enqueue('secret()');
  const { stdout } = await workplace.consume('--dry-run');
  expect(stdout).toContain('would be refused: method "secret" may not be called');
});

it.for([
  ['secret()', 'method "secret" may not be called (allowed: a)'],
  ['{"class":"Mail","method":"a"}', 'the job is for class "Mail", not Worker'],
] as const)('says so of a program, too: %s', async ([payload, reason], { workplace }) => {
  await workplace.configure(`command = "${process.execPath}" program.js\nmethods = a\n`);
  await workplace.enqueue(payload);
  const { stdout } = await workplace.consume('--dry-run');
  expect(stdout).toContain(`would be refused: ${reason}`);
});

it('runs no more jobs than it was told', async ({ workplace }) => {
  await workplace.enqueue(...['a', 'b', 'c', 'd', 'e'].map((name) => `saveToLocal('${name}')`));
  expect((await workplace.consume('--max-jobs', '3')).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a', 'b', 'c']);
  expect((await workplace.consume('--max-time', '60')).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('counts no job against --max-jobs that it only waits for', async ({ server, workplace }) => {
  using client = await TextClient.connect(server.port);
  await workplace.configure('[one]\nqueuename = one\n[two]\nqueuename = two\n');
  for (const queue of ['one', 'two']) {
    const run = workplace.start('--watch', '--max-jobs', '1');
    await run.says('jobs start as they come');
    await client.set(queue, `saveToLocal('${queue}')`);
    expect((await run.ended).code).toBe(0);
  }
  expect(await workplace.logged()).toEqual(['one', 'two']);
});

it('takes no job when its time is up', async ({ workplace }) => {
  await workplace.enqueue("saveToLocal('a')");
  expect(await workplace.consume('--max-time', '0')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await workplace.peek()).toBeDefined();
});

it('calls no more than the methods that the configuration leaves', async ({ workplace }) => {
  await workplace.configure('methods = fails\n');
  await workplace.enqueue("saveToLocal('a')");
  expect((await workplace.consume()).stderr).toContain('may not be called (allowed: fails)');
  expect(await workplace.logged()).toEqual([]);
});

it('reads payloads in the charset of the configuration', async ({ workplace }) => {
  await workplace.configure('charset = gbk\n');
  await workplace.enqueue(Buffer.from("saveToLocal('\xb9\xfe')", 'latin1'));
  expect((await workplace.consume('--dry-run')).stdout).toContain("would call Worker.saveToLocal('哈')");
  expect((await workplace.consume()).code).toBe(0);
  expect(await workplace.logged()).toEqual(['哈']);
});

it('shows in its report a payload in the charset of the configuration, or in UTF-8 where it is no text in that', async ({
  workplace,
}) => {
  await workplace.configure('charset = gbk\n');
  await workplace.enqueue(Buffer.from("evil('\xb9\xfe')", 'latin1'), "saveToLocal('乗')");
  const { stderr } = await workplace.consume();
  expect(stderr).toContain("call   evil('哈')\n");
  expect(stderr).toContain("call   saveToLocal('乗')\n");
});

it('goes to another server when it is told', async ({ server, workplace }) => {
  await workplace.enqueue("saveToLocal('a')");
  await workplace.configure('', 1);
  expect((await workplace.consume('--server', `127.0.0.1:${server.port}`)).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a']);
});
