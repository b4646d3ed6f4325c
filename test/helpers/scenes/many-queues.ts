import { Bulk } from './bulk.ts';
import { Play, type Scene } from './scene.ts';

const KINDS = ['mail', 'push', 'reports', 'billing', 'search'];

/** So many queues, of which a few have something delayed, failed or more than one message. */
export function manyQueues(count: number): Scene {
  return {
    args: ['--memory', '--max-queues', String(count + 10)],
    play: async ({ port }) => {
      const bulk = await Bulk.to(port);
      for (let n = 0; n < count; n++) {
        const queue = nameOf(n);
        await bulk.set(queue, `run(${n})`);
        if (n % 100 === 1) await bulk.fail(queue, `Error: tenant ${n} is not there`);
        if (n % 100 === 2) await bulk.set(`${queue}/delay=3600`, `later(${n})`);
        if (n % 1000 === 3) for (let i = 0; i < 50; i++) await bulk.set(queue, `more(${i})`);
      }
      await bulk.done();
      let next = 0;
      return new Play({
        tick: async () => {
          for (let i = 0; i < 25; i++) await bulk.set(nameOf((next++ * 7919) % count), 'run()');
          await bulk.done();
        },
        stop: () => bulk.close(),
      });
    },
  };
}

function nameOf(n: number): string {
  return `tenant-${String(Math.floor(n / KINDS.length)).padStart(5, '0')}:${KINDS[n % KINDS.length]}`;
}
