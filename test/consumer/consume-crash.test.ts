import { expect } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';

const it = withWorkplace(['--backoff', 'none', '--max-attempts', '3']);

it('loses no job when it is killed: the job comes again, as attempt 2', async ({ workplace }) => {
  await workplace.enqueue("until('go', 'done')");
  const run = workplace.start();
  await run.started();
  expect(await workplace.peek()).toBeUndefined();
  run.kill('SIGKILL');
  await run.ended;
  expect(await workplace.comesBack()).toBe(1);

  const again = workplace.start();
  await again.started();
  await workplace.touch('go');
  expect((await again.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['done']);
  expect(await workplace.peek()).toBeUndefined();
});

it.for(['SIGTERM', 'SIGINT'] as const)(
  'brings the running job to its end on %s and takes no more',
  async (signal, { workplace }) => {
    await workplace.enqueue("untilStopped('first')", "saveToLocal('second')");
    const run = workplace.start();
    await run.started();
    run.kill(signal);
    expect((await run.ended).code).toBe(0);
    expect(await workplace.logged()).toEqual(['first']);
    expect((await workplace.peek())?.payload.toString()).toBe("saveToLocal('second')");
  },
);

it('ends at once on a second signal, and the job goes back', async ({ workplace }) => {
  await workplace.enqueue("until('go', 'never')");
  const run = workplace.start();
  await run.started();
  run.kill('SIGTERM');
  run.kill('SIGINT');
  expect([130, 143]).toContain((await run.ended).code);
  expect(await workplace.comesBack()).toBe(1);
  expect(await workplace.logged()).toEqual([]);
});

it('says honestly that a job ran which it could not close, when the server went away', async ({
  server,
  workplace,
}) => {
  await workplace.enqueue("until('go', 'ran')");
  const run = workplace.start();
  await run.started();
  await server.kill();
  await workplace.touch('go');
  const { code, stderr } = await run.ended;
  expect(code).toBe(69);
  expect(stderr).toContain('it will run again');
  expect(await workplace.logged()).toEqual(['ran']);
  await server.restart();
  expect(await workplace.peek()).toMatchObject({ attempt: 2 });
});

it('goes on when a job leaves an error that nobody waits for, which costs it its attempts', async ({
  workplace,
}) => {
  await workplace.enqueue('floats()', "saveToLocal('after')");
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  expect(stderr).toContain('nobody waits for this');
  expect(await workplace.logged()).toEqual(['after']);
  expect(await workplace.failed()).toMatchObject({ attempt: 3 });
});
