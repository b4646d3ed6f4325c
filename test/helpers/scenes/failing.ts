import { setTimeout as delay } from 'node:timers/promises';
import { Bulk } from './bulk.ts';
import { Play, type Scene, type Stage } from './scene.ts';

const CONFIG = `
[queue:billing]
dead_letter_to = billing.dead
[queue:webhooks]
backoff = fixed:10m
`;

/** Messages that have failed of the same. */
interface Trouble {
  readonly queue: string;
  readonly count: number;
  readonly call: (n: number) => string;
  readonly error: (n: number) => string;
  /** Options of their keys, and how their failure is told. */
  readonly options?: (n: number) => string;
  readonly how?: string;
}

const TROUBLES: readonly Trouble[] = [
  {
    queue: 'mail',
    count: 1904,
    call: (n) => `sendMail('customer-${n}@example.org', 'order-confirmation', ${4000 + n})`,
    error: (n) =>
      `Error: connect ECONNREFUSED 10.0.${n % 4}.25:587
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)
    at sendMail (/srv/app/jobs/mail.js:41:11)
    at run (/srv/app/node_modules/memq/dist/consumer/pool/entry/child.js:118:22)
caused by: Error: socket closed before STARTTLS
    at Socket.<anonymous> (/srv/app/lib/smtp.js:77:9)`,
  },
  {
    queue: 'webhooks',
    count: 640,
    call: (n) => `deliver('https://hooks.example.com/${n % 40}', ${n})`,
    error: (n) =>
      `TimeoutError: no answer from hooks.example.com within 10 s (delivery ${n})
    at deliver (/srv/app/jobs/webhooks.js:88:13)
    at async run (/srv/app/node_modules/memq/dist/consumer/pool/entry/child.js:118:16)`,
  },
  {
    queue: 'thumbnails',
    count: 212,
    call: (n) => `resize('uploads/${n}.jpg', [160, 480, 1200])`,
    error: () =>
      `RangeError: Invalid image: 0 bytes of 41,204
    at decode (/srv/app/lib/images.js:203:13)
    at resize (/srv/app/jobs/thumbnails.js:19:24)`,
    options: (n) => `/id=thumbnail-${n}`,
  },
  {
    queue: 'reports',
    count: 87,
    call: (n) => `buildReport('daily', ${n})`,
    error: (n) =>
      `TypeError: Cannot read properties of undefined (reading 'total')
    at summarize (/srv/app/jobs/reports.js:${64}:31)
    at buildReport (/srv/app/jobs/reports.js:22:10)
for day ${n}`,
    options: (n) => `/id=report-${n}/group=tenant-${n % 6}`,
  },
  {
    queue: 'mail',
    count: 31,
    call: (n) => `sendMail('no-such-user-${n}@example.net', 'welcome', ${n})`,
    error: (n) =>
      `Error: 550 5.1.1 <no-such-user-${n}@example.net>: Recipient address rejected
    at sendMail (/srv/app/jobs/mail.js:52:13)`,
    how: '/final',
  },
  {
    queue: 'thumbnails',
    count: 9,
    call: (n) => `resize('uploads/panorama-${n}.tiff', [160, 480, 1200])`,
    error: () => 'the process was killed by SIGKILL (out of memory?)',
    how: '/final/died',
  },
  {
    queue: 'exports',
    count: 3,
    call: (n) => `exportOrders('xml', ${n})`,
    error: () => 'no method "exportOrders" can be called on class Exports; it has: exportCsv, exportJson',
  },
  {
    queue: 'sync:crm',
    count: 1,
    call: () => "upsert('contact', 90417)",
    error: () =>
      `Error: 409 Conflict: contact 90417 was changed by somebody else\n    at upsert (/srv/app/jobs/crm.js:30:9)`,
  },
];

/** A bad night: 2,887 messages that have failed in eight ways, some being tried again, and 120 dead letters. */
export const failing: Scene = { config: CONFIG, play };

async function play({ port }: Stage): Promise<Play> {
  const worker = await Bulk.to(port);
  await worker.set('$client', introduction('web-1', 2417, '3f9a1c5e7b2d4680'));
  for (const trouble of TROUBLES) await fail(worker, trouble);
  await failBefore(worker);
  await buryBills(worker);
  // Those that are tried again come last, since what is ready would be taken before.
  for (let n = 1; n <= 45; n++) {
    await worker.set('webhooks', `deliver('https://hooks.example.com/slow', ${n})`);
    await worker.fail('webhooks', `Error: 503 Service Unavailable (attempt at delivery ${n})`, '');
  }
  for (let n = 1; n <= 260; n++)
    await worker.set('mail', `sendMail('customer-${n}@example.org', 'shipping', ${n})`);
  await worker.done();
  let count = 0;
  return new Play({
    tick: async () => {
      const queue = 'search-index';
      await worker.set(queue, `index('product', ${++count})`);
      await worker.fail(
        queue,
        `Error: index is read-only, ${count} documents behind\n    at index (/srv/app/jobs/search.js:14:9)`,
      );
      await worker.done();
    },
    stop: () => worker.close(),
  });
}

async function fail(worker: Bulk, { queue, count, call, error, options, how }: Trouble): Promise<void> {
  for (let n = 1; n <= count; n++) {
    await worker.set(`${queue}${options?.(n) ?? ''}`, call(n));
    await worker.fail(queue, error(n), how);
  }
}

/** Three that have failed several times, of something else at first; the last one took its time. */
async function failBefore(worker: Bulk): Promise<void> {
  const place = '    at query (/srv/app/lib/database.js:91:15)';
  for (let n = 1; n <= 3; n++) {
    await worker.set(`reports/attempts=4/backoff=none/id=monthly-${n}`, `buildReport('monthly', ${n})`);
    for (const [error, ms] of [
      [`Error: deadlock detected\n${place}`, 120],
      [`Error: deadlock detected\n${place}`, 90],
      [`Error: disk quota exceeded\n${place}`, 150],
      [TROUBLES[3].error(n), 40],
    ] as const) {
      await worker.ask('get reports/open');
      await worker.done();
      if (n === 3) await delay(ms);
      await worker.set('reports/fail', error);
    }
  }
}

/** Dead letters: what has failed in `billing` is in a queue of its own. */
async function buryBills(worker: Bulk): Promise<void> {
  for (let n = 1; n <= 120; n++) {
    await worker.set(
      `billing/id=charge-${n}/group=customer-${n % 9}`,
      `charge('customer-${n % 9}', ${n * 130}, 'EUR')`,
    );
    await worker.fail(
      'billing',
      `CardError: card declined (code ${n % 7})\n    at charge (/srv/app/jobs/billing.js:55:13)`,
    );
  }
}

function introduction(host: string, pid: number, worker: string): string {
  return JSON.stringify({ host, pid, program: 'memq-consume', version: '1.0.0', worker });
}
