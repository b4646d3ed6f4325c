import { expect, vi } from 'vitest';
import { startServer } from './server.ts';
import { TextClient } from './text-client.ts';
import { worker } from './worker-file.ts';
import type { Workplace } from './workplace.ts';

/** Ways in which a job can be the death of its process, and what its error says then. */
export const DEATHS = {
  exit: { body: 'await pause(10); process.exit(3);', reason: 'exit status 3' },
  throw: {
    body: "setTimeout(() => { throw new Error('from a timer'); }, 10); await pause(600_000);",
    reason: 'from a timer',
  },
  kill: { body: "await pause(10); process.kill(process.pid, 'SIGKILL');", reason: 'SIGKILL' },
  loop: { body: 'await pause(10); for (;;);', reason: 'its timeout of 0.5 s' },
  memory: {
    body: 'const all = []; for (;;) all.push(new Array(100_000).fill(all.length));',
    reason: 'was out of memory',
  },
} as const;

export interface PoisonCase {
  readonly death: keyof typeof DEATHS;
  readonly concurrency: number;
  readonly processes: number;
  readonly maxAttempts: number;
}

/** One job that is the death of its process among a hundred that are not: they complete, and it fails with its reason. */
export async function runPoison(
  workplace: Workplace,
  { death, concurrency, processes, maxAttempts }: PoisonCase,
): Promise<void> {
  const { body, reason } = DEATHS[death];
  await using server = await startServer({
    args: ['--max-attempts', String(maxAttempts), '--backoff', 'fixed:0.01'],
  });
  // Else a machine with little memory is out of it before.
  if (death === 'memory') workplace.env = { NODE_OPTIONS: '--max-old-space-size=64' };
  await workplace.setWorker(
    worker(
      `async innocent(i) { await pause(20); log(i); }
       async poison() { ${body} }`,
      `['innocent', { name: 'poison', timeout: 0.5 }]`,
    ),
  );
  await workplace.configure(`concurrency = ${concurrency}\nprocesses = ${processes}\n`, server.port);
  using client = await TextClient.connect(server.port);
  for (let i = 0; i < 50; i++) await client.set('q', `innocent(${i})`);
  await client.set('q', 'poison()');
  for (let i = 50; i < 100; i++) await client.set('q', `innocent(${i})`);

  const run = workplace.start('--watch');
  const isOver = async () => {
    const stats = await client.stats('queues');
    const counts = ['waiting', 'delayed', 'reserved', 'failed'].map((name) => Number(stats.get(`q:${name}`)));
    expect(counts).toEqual([0, 0, 0, 1]);
  };
  await vi.waitFor(isOver, { timeout: 240_000, interval: 50 });
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).toContain(reason);
  expect(new Set(await workplace.logged()).size).toBe(100);
  const failed = await client.getJob('q/failed/info');
  expect(failed).toMatchObject({
    body: 'poison()',
    attempt: maxAttempts,
    error: expect.stringContaining(reason),
  });
}
