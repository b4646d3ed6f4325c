import { describe, expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { worker } from '../../helpers/worker-file.ts';

const it = withWorkplace(['--max-attempts', '1']);

describe('a process that ends in the middle of a job', () => {
  it.for([
    ['process.exit(3)', 'exit status 3'],
    ["process.kill(process.pid, 'SIGSEGV')", 'SIGSEGV'],
    ['Promise.reject(Object.create(null))', '[Object: null prototype] {}'],
    ["setImmediate(() => { throw new Error('from a callback'); })", 'from a callback'],
    ['process.disconnect()', 'exit status'],
  ])('by %s is replaced, and the job is reported once', async ([how, reason], { workplace }) => {
    await workplace.setWorker(
      worker(`ends() { ${how}; return pause(600_000); } after() { log('after'); }`, "['ends', 'after']"),
    );
    await workplace.enqueue('ends()', 'after()');
    const { code, stderr } = await workplace.consume();
    expect(code).toBe(0);
    expect(stderr).toContain('2 jobs ran');
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('is replaced');
    expect(await workplace.logged()).toEqual(['after']);
    expect(await workplace.failed()).toMatchObject({ attempt: 1 });
  });
});

it('goes on, however often a job that is done leaves an error behind that ends its process', async ({
  server,
  workplace,
}) => {
  await workplace.setWorker(
    worker("leaves() { setImmediate(() => Promise.reject(new Error('left behind'))); }", "['leaves']"),
  );
  await workplace.enqueue(...Array(5).fill('leaves()'));
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  expect(stderr).toMatch(/nothing caught \(in job \d+ of q\): Error: left behind/);
  using client = await TextClient.connect(server.port);
  const stats = await client.stats('queues');
  expect([stats.get('q:waiting'), stats.get('q:failed')]).toEqual(['0', '0']);
});
