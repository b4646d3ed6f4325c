import { until } from '../until.ts';
import { Bulk } from './bulk.ts';
import { WORK, WORKERS } from './busy-work.ts';
import { FakeWorker } from './fake-worker.ts';
import { Play, type Scene, type Stage, TICK_MS } from './scene.ts';

const CONFIG = `
[queue:video]
max_running = 2
[queue:webhooks]
rate = 40/s burst 20
[queue:billing]
group_turns = fair
[queue:imports]
max_items = 500

[schedule]
timezone = UTC
nightly-report = 0 3 * * *  reports/attempts=3  dailySummary('sales')
weekly-digest = 30 7 * * MON  newsletter/pri=2000  digest('weekly')
sweep-sessions = */15 * * * *  cleanup  sweepSessions(86400)
rates = 0 8,12,16 * * MON-FRI  sync:erp  pull('exchange-rates')
month-end = 0 22 L * *  billing/attempts=5/backoff=fixed:10m  closeMonth()
`;

/** Jobs that are held for as long as anybody looks. */
const HELD = [
  ['video/id=video-8841/pri=100', "transcode('lecture-8841.mov', 'h264', 1080)"],
  ['video/id=video-8842', "transcode('interview-8842.mov', 'h264', 1080)"],
  ['reports/id=quarter-2026-3', "buildReport('quarterly', 2026, 3)"],
  ['exports/id=export-512', 'exportOrders(\'csv\', {"from": "2026-01-01"})'],
  ['imports', "importProducts('supplier-7.xml')"],
] as const;

/** What has failed for good. */
const TROUBLES: readonly (readonly [queue: string, call: (n: number) => string, error: string])[] = [
  [
    'sync:erp',
    (n) => `pull('price-list', ${n})`,
    'Error: 502 Bad Gateway from erp.example.com\n    at pull (/srv/app/jobs/erp.js:37:11)',
  ],
  [
    'sms',
    (n) => `sendSms('+49 30 5550${n}', 'Your parcel has arrived')`,
    "TypeError: Cannot read properties of null (reading 'country')\n    at sendSms (/srv/app/jobs/sms.js:18:40)",
  ],
];

/** A shop's jobs at work: 20 queues, six workers, a schedule. Nothing comes but by `tick`. */
export const busy: Scene = { config: CONFIG, play };

async function play(stage: Stage): Promise<Play> {
  const producer = await Bulk.to(stage.port);
  await enqueueWhatStays(producer);
  const workers = await Promise.all(WORKERS.map((options) => FakeWorker.start(stage.port, options)));
  const counts = new Map<string, number>();
  const tick = () => enqueue(producer, counts);
  for (let i = 0; i < 8; i++) await tick();
  await until(() => isQuiet(workers));
  return new Play({
    tick,
    stop: () => {
      for (const worker of workers) worker.stop();
      producer.close();
    },
  });

  /** All that can be done is done. */
  async function isQuiet(all: readonly FakeWorker[]): Promise<boolean> {
    const answer = await fetch(`${stage.url}/api/v1/queues?limit=100`);
    const { items } = (await answer.json()) as { items: { name: string; ready: number }[] };
    const isDone = items.every(({ name, ready }) => ready === 0 || WORK[name] === undefined);
    return isDone && all.reduce((sum, { busy }) => sum + busy, 0) === HELD.length;
  }
}

/** What comes in a quarter of a second, more at one time than at another. */
async function enqueue(producer: Bulk, counts: Map<string, number>): Promise<void> {
  const wave = 1 + 0.4 * Math.sin(Date.now() / 9000) + 0.2 * Math.sin(Date.now() / 2300);
  for (const [queue, { rate, call }] of Object.entries(WORK)) {
    const before = counts.get(queue) ?? 0;
    const after = before + (rate * wave * TICK_MS) / 1000;
    for (let n = Math.ceil(before); n < after; n++)
      await producer.set(queue, call(1000 + ((n * 7919) % 9000)));
    counts.set(queue, after);
  }
  await producer.done();
}

/** What waits, is delayed, repeats or runs, whatever comes besides. */
async function enqueueWhatStays(producer: Bulk): Promise<void> {
  const many = async (count: number, key: (n: number) => string, body: (n: number) => string) => {
    for (let n = 1; n <= count; n++) await producer.set(key(n), body(n));
  };
  for (const [key, body] of HELD) await producer.set(key, body);
  await many(
    9,
    (n) => `video/id=video-${8842 + n}`,
    (n) => `transcode('clip-${8842 + n}.mov', 'h264', 720)`,
  );
  await many(
    37,
    (n) => `mail/delay=${600 + n * 97}`,
    (n) => `sendMail('customer-${n}@example.org', 'reminder', ${n})`,
  );
  await many(
    12,
    (n) => `push/delay=${3600 * n}/pri=2000`,
    (n) => `push('device-${n}', {"title": "We miss you"})`,
  );
  await many(
    45,
    (n) => `billing/delay=${1800 + n}/group=customer-${n % 9}/id=charge-${7000 + n}`,
    (n) => `charge('customer-${n % 9}', ${n * 130 + 990}, 'EUR')`,
  );
  for (let n = 1; n <= 23; n++) {
    const [queue, call, error] = TROUBLES[n % 4 === 0 ? 0 : 1];
    await producer.set(queue, call(n));
    await producer.fail(queue, error);
  }
  await producer.set('newsletter/pause', '');
  await many(
    1420,
    () => 'newsletter',
    (n) => `sendIssue(64, 'reader-${n}@example.org')`,
  );
  await many(
    318,
    () => 'legacy-import',
    (n) => `{"class": "LegacyImport", "method": "row", "args": [${n}, "A-${n}"]}`,
  );
  await producer.set('cleanup/id=temporary-files/every=600', 'removeTemporaryFiles(3600)');
  await producer.set('analytics/id=roll-up/every=300', "rollUp('5m')");
  await producer.done();
}
