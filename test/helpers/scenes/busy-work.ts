import { chance } from './chance.ts';
import type { Course, FakeWorkerOptions, TakenJob } from './fake-worker.ts';

/** What producers enqueue in a queue, and how its jobs go. */
interface Work {
  /** Jobs a second. */
  readonly rate: number;
  readonly call: (n: number) => string;
  /** Milliseconds that most of them take. */
  readonly ms: number;
  /** One of so many fails, with this error. */
  readonly failing?: { readonly oneOf: number; readonly error: string };
}

const error = (text: string, method: string, file: string, line: number) =>
  `${text}\n    at ${method} (/srv/app/jobs/${file}:${line}:11)\n    at run (/srv/app/jobs/${file}:12:3)`;

/** Queues whose jobs come all the time. */
export const WORK: Readonly<Record<string, Work>> = {
  mail: {
    rate: 12,
    ms: 90,
    call: (n) => `sendMail('customer-${n}@example.org', 'order-confirmation', ${n})`,
    failing: {
      oneOf: 60,
      error: error('Error: 421 Try again later, closing connection', 'sendMail', 'mail.js', 41),
    },
  },
  push: { rate: 22, ms: 25, call: (n) => `push('device-${n}', {"title": "Your order is on its way"})` },
  sms: { rate: 1.5, ms: 180, call: (n) => `sendSms('+49 30 5550${100 + (n % 900)}', 'Your code is ${n}')` },
  webhooks: {
    rate: 6,
    ms: 140,
    call: (n) =>
      JSON.stringify({
        class: 'Webhooks',
        method: 'deliver',
        args: [`https://hooks.example.com/${n % 40}`, n],
      }),
    failing: {
      oneOf: 25,
      error: error(
        'TimeoutError: no answer from hooks.example.com within 10 s',
        'deliver',
        'webhooks.js',
        88,
      ),
    },
  },
  thumbnails: { rate: 4, ms: 320, call: (n) => `resize('uploads/${n}.jpg', [160, 480, 1200])` },
  'search-index': { rate: 14, ms: 15, call: (n) => `index('product', ${n})` },
  analytics: { rate: 9, ms: 8, call: (n) => `track('page-view', {"visitor": ${n}, "path": "/products"})` },
  'audit-log': { rate: 5, ms: 6, call: (n) => `append('user-${n % 97}', 'login')` },
  geo: { rate: 2, ms: 60, call: (n) => `locate('198.51.100.${n % 250}')` },
  invoices: { rate: 1, ms: 420, call: (n) => `render(${20_000 + n})` },
  'sync:crm': { rate: 1.2, ms: 240, call: (n) => `upsert('contact', ${n})` },
  'sync:erp': { rate: 0.6, ms: 700, call: (n) => `pull('stock', ${n})` },
};

/** Methods that are under way for as long as anybody looks, and how far they are. */
const HELD: Readonly<Record<string, string>> = {
  transcode: '{"percent": 62, "frame": 18420}',
  buildReport: 'reading orders of July',
  exportOrders: '41,200 of 120,000 rows',
  importProducts: '{"percent": 8}',
};

const random = chance(1);

/** How a job goes. */
function perform({ queue, attempt, body }: TakenJob): Course {
  const held = HELD[/^\w+/.exec(body)?.[0] ?? ''];
  if (held !== undefined) return { ms: Number.POSITIVE_INFINITY, progress: held };
  const work = WORK[queue];
  const ms = (work?.ms ?? 50) * (0.4 + random() ** 3 * 4);
  if (attempt === 1 && work?.failing !== undefined && random() < 1 / work.failing.oneOf)
    return { ms, error: work.failing.error };
  return queue === 'invoices' ? { ms, result: '{"pages": 2}' } : { ms };
}

const MB = 1_000_000;

export const WORKERS: readonly FakeWorkerOptions[] = [
  worker('3f9a1c5e7b2d4680', 'web-1', 2417, ['mail', 'push', 'sms', 'webhooks'], 12, 96 * MB),
  worker('b81e0d4f62c79a35', 'web-2', 1986, ['mail', 'push', 'sms', 'webhooks'], 12, 91 * MB),
  worker('07c4d9e21fa8b653', 'media-1', 733, ['thumbnails', 'video'], 6, 412 * MB),
  worker('e52f7a90c1b34d86', 'batch-1', 5120, ['reports', 'exports', 'imports', 'invoices'], 8, 148 * MB),
  worker(
    '9d06b3f8e47a152c',
    'index-1',
    880,
    ['search-index:4', 'analytics:2', 'audit-log', 'geo', 'sync:crm', 'sync:erp'],
    10,
    84 * MB,
  ),
  { ...worker('c2a7e61d05f4938b', 'batch-1', 6204, ['billing', 'cleanup'], 2, 58 * MB), role: 'cron' },
];

function worker(
  id: string,
  host: string,
  pid: number,
  queues: readonly string[],
  concurrency: number,
  rss: number,
): FakeWorkerOptions {
  return { id, host, pid, role: 'daemon', queues, concurrency, rss, perform };
}
