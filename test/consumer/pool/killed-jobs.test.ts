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

it('does not blame the job that runs when one that had ended before ends the process', async ({
  workplace,
}) => {
  await workplace.setWorker(
    worker(
      `leaves() { watch('.', () => process.exit(4)); }
       async runs(i) { log(i); if (existsSync('again')) return; writeFileSync('again', ''); await pause(600_000); }`,
      "['leaves', 'runs']",
    ).replace('appendFileSync', 'appendFileSync, existsSync, watch, writeFileSync'),
  );
  await workplace.enqueue('leaves()', 'runs(1)');
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  expect(stderr).toContain('2 jobs ran in');
  expect(stderr).toContain('2 done');
  expect(stderr).toContain('a job ran in a process that died of something else: it runs again, alone');
  expect(await workplace.logged()).toEqual(['1', '1']);
});

it('blames no neighbour for an endless loop, nor fails one that has only one attempt', async ({
  workplace,
}) => {
  await workplace.setWorker(
    worker(
      `async ok(i) { await pause(20); log(i); }
       async loops() { await pause(5); for (;;); }`,
      "['ok', 'loops']",
    ),
  );
  await workplace.configure('concurrency = 3\ntimeout = 1\n');
  await workplace.enqueue('ok(1)', 'loops()', 'ok(2)', 'ok(3)');
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  expect(stderr).toContain('3 done, 1 failed');
  expect(stderr).toContain('it ran longer than its timeout of 1 s, and was killed with its process');
  expect((await workplace.logged()).toSorted()).toEqual(['1', '2', '3']);
  expect(await workplace.failed()).toMatchObject({ attempt: 1 });
});

it('goes on when a job has closed the channel to its parent, or says that it ends', async ({ workplace }) => {
  await workplace.setWorker(
    worker(
      `closes() { closeSync(3); return pause(600_000); }
       lies() { process.emit('message', { type: 'end' }); return pause(600_000); }
       after() { log('after'); }`,
      "['closes', 'lies', 'after']",
    ).replace('appendFileSync', 'appendFileSync, closeSync'),
  );
  await workplace.enqueue('closes()', 'lies()', 'after()');
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  expect(stderr).toContain('1 done, 2 failed');
  expect(stderr).toContain('it has lost its channel to memq-consume');
  expect(await workplace.logged()).toEqual(['after']);
});
