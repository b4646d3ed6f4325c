import { expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { worker } from '../../helpers/worker-file.ts';

const it = withWorkplace(['--max-attempts', '1']);

it('gives back what waits behind a job that takes long, and another worker runs it', async ({
  server,
  workplace,
}) => {
  await workplace.setWorker(
    worker(
      `quick(i) { log(process.ppid + ' ' + i); }
       async long() { process.stdout.write('started'); await pause(600_000); }`,
      "['quick', 'long']",
    ),
  );
  await workplace.configure('overlap = 2\ngrace = 0\n');
  using client = await TextClient.connect(server.port);
  // Paused, so that a run finds them all at once.
  await client.exchange('set q/pause 0 0 0\r\n\r\n');
  for (let i = 0; i < 301; i++) await client.set('q', i === 200 ? 'long()' : `quick(${i})`);
  await client.exchange('set q/resume 0 0 0\r\n\r\n');
  const first = workplace.start('--watch');
  await first.started();
  const second = workplace.start('--watch');
  await workplace.logs(300);
  first.kill('SIGTERM');
  second.kill('SIGTERM');
  expect([(await first.ended).code, (await second.ended).code]).toEqual([0, 0]);
  const logged = await workplace.logged();
  expect(new Set(logged.map((line) => line.split(' ')[1])).size).toBe(300);
  expect(new Set(logged.slice(200).map((line) => line.split(' ')[0]))).toEqual(new Set([String(second.pid)]));
});
