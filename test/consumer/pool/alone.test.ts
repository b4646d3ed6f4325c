import { expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { worker } from '../../helpers/worker-file.ts';

const it = withWorkplace(['--backoff', 'none']);

it.for([[], ['--watch']])(
  'runs a job alone of which two processes have died: %j',
  async (flags, { server, workplace }) => {
    await workplace.setWorker(
      worker(
        `constructor() { this.running = 0; }
       async other() { this.running++; await pause(20); this.running--; log('other'); }
       async deadly() {
         log('deadly, beside ' + this.running);
         this.running++;
         await pause(100);
         log('deadly, beside ' + (this.running - 1));
       }`,
        "['other', 'deadly']",
      ),
    );
    await workplace.configure('concurrency = 5\n');
    using client = await TextClient.connect(server.port);
    await client.set('q', 'deadly()');
    for (const deaths of [1, 2]) {
      const [, token] = /VALUE q \d+ \d+ (\d+)/.exec(await client.exchange('gats 60 q\r\n'))!;
      await client.exchange(`set q/fail/died/lease=${token} 0 0 3\r\nbad\r\n`);
      expect(await client.getJob('q/peek/info')).toMatchObject({ deaths });
    }
    for (let i = 0; i < 20; i++) await client.set('q', 'other()');
    const run = workplace.start(...flags);
    await workplace.logs(22);
    run.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
    const logged = await workplace.logged();
    expect(logged.filter((line) => line.startsWith('deadly'))).toEqual([
      'deadly, beside 0',
      'deadly, beside 0',
    ]);
  },
);
