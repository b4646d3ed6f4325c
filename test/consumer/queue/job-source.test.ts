import { expect } from 'vitest';
import { JobSource } from '../../../consumer/queue/job-source.ts';
import { withServer } from '../../fixtures/server.ts';

const it = withServer();

it('a wait that is ended has found nothing, at whatever moment that is', async ({ server, client }) => {
  const source = new JobSource({
    server: { host: '127.0.0.1', port: server.port, timeoutMs: 60_000 },
    queues: 'q',
    leaseMs: 30_000,
    listener: { answered: () => {}, lost: () => {}, stillLost: () => {}, back: () => {} },
  });
  // Before its connection has said who it is.
  const early = source.wait();
  source.endWait();
  expect(await early).toBeUndefined();

  const late = source.wait();
  await expect
    .poll(async () => [...(await client.stats('conns')).values()], { timeout: 60_000 })
    .toContain('waiting');
  source.endWait();
  expect(await late).toBeUndefined();
  source.close();
});
