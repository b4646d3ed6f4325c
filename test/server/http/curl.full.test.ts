import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { withApi } from '../../fixtures/api.ts';
import { Workplace } from '../../helpers/workplace.ts';

const it = withApi();

it('has a job run three seconds after a line of curl', async ({ api, server, onTestFinished }) => {
  const workplace = await Workplace.create(server);
  onTestFinished(() => workplace.leave());
  await workplace.configure('queuename = my:memq:test\n');
  const run = workplace.start('--watch');
  await run.says('ready');
  const line = `curl -sS -d "saveToLocal('hi')" 'http://127.0.0.1:22202/api/v1/queues/my:memq:test/messages?delay=3'`;
  const began = Date.now();
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    line.replace('http://127.0.0.1:22202', server.url),
  ]);
  const enqueued = JSON.parse(stdout);
  expect(enqueued).toMatchObject({ queue: { name: 'my:memq:test', key: 'my:memq:test' }, id: null });
  const { json } = await api.get(`/queues/my:memq:test/messages/${enqueued.ref}`);
  expect(json).toMatchObject({ state: 'delayed', payload: "saveToLocal('hi')" });
  await workplace.logs(1);
  expect(Date.now() - began).toBeGreaterThanOrEqual(3000);
  expect(await workplace.logged()).toEqual(['hi']);
});
