import { describe, expect, it, onTestFinished } from 'vitest';
import { scraped, scrapeUntil } from '../../helpers/exposition.ts';
import { ask } from '../../helpers/http.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { served } from './served.ts';

/** The names that monitoring stands on, and what each of them is. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  gauge: [
    'memq_build_info',
    'memq_queues',
    'memq_queues_paused',
    'memq_queues_without_readers',
    'memq_queue_messages',
    'memq_queue_bytes',
    'memq_queue_oldest_message_age_seconds',
    'memq_queue_readers',
    'memq_queue_held_messages',
    'memq_queue_paused',
    'memq_journal_bytes',
    'memq_journal_live_bytes',
    'memq_journal_segments',
    'memq_journal_failed',
    'memq_disk_full',
    'memq_connections',
    'memq_workers',
    'memq_worker_slots',
    'memq_worker_slots_busy',
    'memq_schedule_last_run_timestamp_seconds',
    'memq_schedule_late_seconds',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
    'nodejs_eventloop_lag_seconds',
    'nodejs_eventloop_lag_p99_seconds',
  ],
  counter: [
    'memq_messages_enqueued_total',
    'memq_messages_delivered_total',
    'memq_messages_completed_total',
    'memq_messages_removed_total',
    'memq_messages_expired_total',
    'memq_messages_dropped_total',
    'memq_messages_refused_total',
    'memq_messages_dead_lettered_total',
    'memq_messages_cancelled_total',
    'memq_attempts_failed_total',
    'memq_leases_expired_total',
    'memq_attempts_given_back_total',
    'memq_journal_written_bytes_total',
    'memq_journal_moved_bytes_total',
    'memq_lost_messages_total',
    'memq_commands_total',
    'process_cpu_seconds_total',
  ],
  histogram: ['memq_message_wait_seconds', 'memq_job_run_seconds', 'memq_journal_sync_seconds'],
};

it('has all names, with what they are', async () => {
  const { server } = await served();
  const { families } = await scraped(server.url);
  for (const [type, names] of Object.entries(NAMES)) {
    const found = [...families].filter(([, family]) => family.type === type).map(([name]) => name);
    expect(found.toSorted()).toEqual(names.toSorted());
  }
});

it('tells what there is in a queue, and what has happened to it', async () => {
  const { server, client } = await served({ config: '[queue:small]\nmax_items = 1\n' });
  for (const body of ['1', '2', '3', '4', '5']) await client.set('q', body);
  await client.set('q/delay=100/id=later', 'x');
  await client.getText('q');
  await client.getText('q/open');
  await client.set('q/close', '');
  await client.getText('q/open');
  await client.set('q/return', '');
  await client.getText('q/open');
  await client.set('q/fail/final', 'no');
  await client.ask('delete q/id=later');
  await client.set('q/delay=100', 'x');
  expect(await client.set('small', '1')).toBe('STORED');
  expect(await client.set('small', '2')).toContain('queue is full');
  await client.getText('q/open');
  const scrape = await scraped(server.url);
  const q = (name: string, more = {}) => scrape.value(`memq_${name}`, { queue: 'q', ...more });
  expect({
    ready: q('queue_messages', { state: 'ready' }),
    delayed: q('queue_messages', { state: 'delayed' }),
    reserved: q('queue_messages', { state: 'reserved' }),
    failed: q('queue_messages', { state: 'failed' }),
  }).toEqual({ ready: 1, delayed: 1, reserved: 1, failed: 1 });
  expect(q('queue_bytes')).toBeGreaterThan(0);
  expect(q('messages_enqueued_total')).toBe(7);
  expect(q('messages_delivered_total')).toBe(4);
  expect(q('messages_completed_total')).toBe(1);
  expect(q('messages_removed_total')).toBe(1);
  expect(q('messages_cancelled_total')).toBe(1);
  expect(q('attempts_failed_total', { outcome: 'failed' })).toBe(1);
  expect(q('attempts_given_back_total')).toBe(1);
  // What was returned has waited twice.
  expect(q('message_wait_seconds_count')).toBe(5);
  expect(q('job_run_seconds_bucket', { le: '3600' })).toBe(1);
  expect(scrape.value('memq_messages_refused_total', { queue: 'small' })).toBe(1);
  expect(scrape.value('memq_queues')).toBe(2);
  expect(scrape.value('memq_queues_without_readers')).toBe(1);
  expect(scrape.value('memq_connections')).toBe(1);
  expect(scrape.value('memq_commands_total', { command: 'get' })).toBe(5);
  expect(scrape.value('memq_journal_sync_seconds_count')).toBeGreaterThan(0);
  expect(scrape.value('memq_journal_failed')).toBe(0);
  expect(scrape.value('memq_disk_full')).toBe(0);
});

it('tells of pauses, of readers and of workers', async () => {
  const { server, client } = await served();
  await client.set('q', 'x');
  await client.set('q/pause', '');
  const reader = await TextClient.connect(server.port);
  onTestFinished(() => reader.close());
  const says = JSON.stringify({
    worker: 'w1',
    pid: 1,
    host: 'h',
    program: 'memq-consume',
    concurrency: 4,
    busy: 3,
  });
  expect(await reader.set('$client', says)).toBe('STORED');
  reader.send('get q/t=60000\r\n');
  const scrape = await scrapeUntil(
    server.url,
    (each) => each.value('memq_queue_readers', { queue: 'q' }) === 1,
  );
  expect(scrape.value('memq_queue_paused', { queue: 'q' })).toBe(1);
  expect(scrape.value('memq_queue_held_messages', { queue: 'q' })).toBe(1);
  expect(scrape.value('memq_queues_paused')).toBe(1);
  expect(scrape.value('memq_workers')).toBe(1);
  expect(scrape.value('memq_worker_slots')).toBe(4);
  expect(scrape.value('memq_worker_slots_busy')).toBe(3);
});

it('tells for how long a run of the schedule is late', async () => {
  const { server, client } = await served({
    config: '[schedule]\noften = */1 * * * * *  q  run()\nyearly = 0 0 1 1 *  other  run()\n',
  });
  const often = { schedule: 'often' };
  const late = await scrapeUntil(
    server.url,
    (each) => (each.value('memq_schedule_late_seconds', often) as number) > 0,
  );
  expect(late.value('memq_schedule_late_seconds', { schedule: 'yearly' })).toBe(0);
  expect(late.value('memq_schedule_last_run_timestamp_seconds', often)).toBeUndefined();
  expect(await client.getText('q/open')).toBe('run()');
  const begun = await scrapeUntil(
    server.url,
    (each) => each.value('memq_messages_delivered_total', { queue: 'q' }) === 1,
  );
  expect(begun.value('memq_schedule_late_seconds', often)).toBe(0);
  await client.set('q/close', '');
  const ended = await scrapeUntil(
    server.url,
    (each) => each.value('memq_schedule_last_run_timestamp_seconds', often) !== undefined,
  );
  const last = ended.value('memq_schedule_last_run_timestamp_seconds', often) as number;
  expect(Math.abs(Date.now() / 1000 - last)).toBeLessThan(60);
});

describe('?queue=', () => {
  it('has the queues that match, and nothing of the others or of the server', async () => {
    const { server, client } = await served({ args: ['--metrics-queues', '0'] });
    for (const queue of ['mail-a', 'mail-b', 'other']) await client.set(queue, 'x');
    const scrape = await scraped(server.url, '?queue=mail-*');
    expect(scrape.queues).toEqual(['mail-a', 'mail-b']);
    expect(scrape.enqueued('mail-a')).toBe(1);
    expect(scrape.enqueued('')).toBeUndefined();
    expect([...scrape.families.keys()].filter((name) => /^memq_(queues|journal)/.test(name))).toEqual([]);
    expect((await scraped(server.url, '?queue=nothing')).queues).toEqual([]);
  });

  it('refuses what is no glob, and what too many match', async () => {
    const { server, client } = await served();
    expect(await ask(server.url, '/metrics?queue=%5Ba')).toMatchObject({ status: 400, code: 'invalid' });
    const sets = Array.from({ length: 1001 }, (_, i) => `set q${i} 0 0 1 noreply\r\nx\r\n`).join('');
    await client.exchange(sets);
    expect(await ask(server.url, '/metrics?queue=*')).toMatchObject({ status: 422, code: 'too-many' });
    expect((await scraped(server.url, '?queue=q1*')).queues).toHaveLength(112);
  });
});

it('stats reset touches nothing of it', async () => {
  const { server, client } = await served();
  await client.set('q', 'x');
  await client.set('q', 'x');
  await client.getText('q');
  const before = await scraped(server.url);
  expect(await client.ask('stats reset')).toBe('RESET');
  expect(await client.ask('stats reset')).toBe('RESET');
  await client.set('q', 'x');
  const after = await scrapeUntil(server.url, (each) => each.enqueued('q') === 3);
  expect(after.value('memq_commands_total', { command: 'set' })).toBe(3);
  expect(after.value('memq_commands_total', { command: 'get' })).toBe(1);
  for (const [series, value] of before.rising)
    expect(after.rising.get(series), series).toBeGreaterThanOrEqual(value);
});

it('a restart begins the counting anew, and has the messages still', async () => {
  const { server, client } = await served();
  await client.set('q', 'x');
  expect((await scraped(server.url)).enqueued('q')).toBe(1);
  await server.restart();
  const scrape = await scraped(server.url);
  expect(scrape.value('memq_queue_messages', { queue: 'q', state: 'ready' })).toBe(1);
  expect(scrape.enqueued('q')).toBe(0);
});

it('is the same text for whoever asks within a second, compressed for who takes that', async () => {
  const { server } = await served();
  const [first, ...texts] = await Promise.all([1, 2, 3].map(() => ask(server.url, '/metrics')));
  for (const { text } of texts) expect(text).toBe(first!.text);
  // fetch asks for gzip, and unpacks it.
  const packed = await fetch(`${server.url}/metrics`);
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(await packed.text()).toBe(first!.text);
  const refuses = await ask(server.url, '/metrics', { headers: { 'accept-encoding': 'gzip;q=0, *' } });
  expect(refuses.headers['content-encoding']).toBeUndefined();
});
