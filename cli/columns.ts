import type { ErrorGroup } from '../server/http/schemas/actions.ts';
import type { Message } from '../server/http/schemas/messages.ts';
import type { Queue } from '../server/http/schemas/queues.ts';
import type { ScheduledJob, Worker } from '../server/http/schemas/server.ts';
import { age, bytes, count, cut, milliseconds, rate, since } from './format.ts';
import type { Column } from './output.ts';

/** Characters of a call or an error in a table. */
const TEXT_WIDTH = 60;
const NAME_WIDTH = 40;

function number<Row>(title: string, value: (row: Row) => number): Column<Row> {
  return { title, value, shown: (row) => count(value(row)), isNumber: true };
}

export const QUEUE_COLUMNS: readonly Column<Queue>[] = [
  { title: 'QUEUE', value: ({ name }) => name, shown: ({ name }) => cut(name, NAME_WIDTH) },
  number('READY', ({ ready }) => ready),
  number('DELAYED', ({ delayed }) => delayed),
  number('RUNNING', ({ reserved }) => reserved),
  {
    ...number<Queue>('FAILED', ({ failed }) => failed),
    style: ({ failed }) => (failed > 0 ? 'red' : undefined),
  },
  {
    title: 'OLDEST',
    value: ({ oldest_age }) => oldest_age,
    shown: ({ ready, oldest_age }) => (ready === 0 ? '' : age(oldest_age)),
    isNumber: true,
  },
  { title: 'IN/S', value: ({ rates }) => rates.in, shown: ({ rates }) => rate(rates.in), isNumber: true },
  { title: 'OUT/S', value: ({ rates }) => rates.out, shown: ({ rates }) => rate(rates.out), isNumber: true },
  {
    title: 'WAIT P95',
    value: ({ wait_ms }) => wait_ms?.p95 ?? null,
    shown: ({ wait_ms }) => (wait_ms === null ? '' : milliseconds(wait_ms.p95)),
    isNumber: true,
  },
  number('READERS', ({ readers }) => readers),
  { title: '', value: ({ paused, held_by }) => (paused ? 'paused' : (held_by ?? '')), style: () => 'yellow' },
  { title: 'KEY', value: ({ key }) => key, isForPrograms: true },
];

export const MESSAGE_COLUMNS: readonly Column<Message>[] = [
  { title: 'REF', value: ({ ref }) => ref },
  { title: 'QUEUE', value: ({ queue }) => queue.name, isForPrograms: true },
  { title: 'STATE', value: ({ state }) => state, isForPrograms: true },
  { title: 'ID', value: ({ id }) => id, shown: ({ id }) => cut(id ?? '', 24) },
  number('ATTEMPTS', ({ attempts }) => attempts),
  { title: 'WHEN', value: whenOf, shown: (row) => since(whenOf(row)) },
  { title: 'HOLDER', value: ({ holder }) => holder, isForPrograms: true },
  {
    title: 'PAYLOAD',
    value: ({ preview }) => preview ?? '',
    shown: ({ preview }) => cut(preview ?? '', TEXT_WIDTH),
  },
  {
    title: 'ERROR',
    value: ({ error }) => error,
    shown: ({ error }) => cut(error ?? '', TEXT_WIDTH),
    style: () => 'red',
  },
];

/** The time that matters in the state that it is in. */
function whenOf({ state, enqueued_at, due_at, started_at, ended_at }: Message): string | null {
  switch (state) {
    case 'delayed':
      return due_at;
    case 'reserved':
      return started_at;
    case 'failed':
    case 'ended':
      return ended_at;
    default:
      return enqueued_at;
  }
}

export const GROUP_COLUMNS: readonly Column<ErrorGroup>[] = [
  { title: 'QUEUE', value: ({ queue }) => queue.name, shown: ({ queue }) => cut(queue.name, NAME_WIDTH) },
  { title: 'GROUP', value: ({ group }) => group },
  number('COUNT', (group) => group.count),
  { title: 'FIRST', value: ({ first_at }) => first_at, shown: ({ first_at }) => since(first_at) },
  { title: 'LAST', value: ({ last_at }) => last_at, shown: ({ last_at }) => since(last_at) },
  {
    title: 'ERROR',
    value: ({ sample }) => sample,
    shown: ({ sample }) => cut(sample, TEXT_WIDTH),
    style: () => 'red',
  },
];

export const WORKER_COLUMNS: readonly Column<Worker>[] = [
  { title: 'WORKER', value: ({ id }) => id, shown: ({ id }) => cut(id, 20) },
  { title: 'HOST', value: ({ host }) => host, shown: ({ host }) => cut(host ?? '', 30) },
  { title: 'PID', value: ({ pid }) => pid, isNumber: true },
  { title: 'PROGRAM', value: ({ program, version }) => [program, version].filter(Boolean).join(' ') },
  {
    title: 'QUEUES',
    value: ({ queues }) => queues.join(','),
    shown: ({ queues }) => cut(queues.join(','), NAME_WIDTH),
  },
  {
    title: 'BUSY',
    value: ({ busy }) => busy,
    shown: ({ busy, concurrency }) => (busy === null ? '' : `${busy}/${concurrency ?? '?'}`),
    isNumber: true,
  },
  {
    title: 'MEMORY',
    value: ({ rss_bytes }) => rss_bytes,
    shown: ({ rss_bytes }) => (rss_bytes === null ? '' : bytes(rss_bytes)),
    isNumber: true,
  },
  {
    title: 'CPU',
    value: ({ cpu }) => cpu,
    shown: ({ cpu }) => (cpu === null ? '' : `${Math.round(cpu * 100)} %`),
    isNumber: true,
  },
  {
    title: 'STATE',
    value: ({ state }) => state,
    style: ({ state }) => (state === 'running' ? 'green' : 'yellow'),
  },
  { title: 'SEEN', value: ({ seen_at }) => seen_at, shown: ({ seen_at }) => since(seen_at) },
];

export const SETTING_COLUMNS: readonly Column<{ name: string; value: string }>[] = [
  { title: 'SETTING', value: ({ name }) => name },
  { title: 'VALUE', value: ({ value }) => value },
];

export const SCHEDULE_COLUMNS: readonly Column<ScheduledJob>[] = [
  { title: 'NAME', value: ({ name }) => name, shown: ({ name }) => cut(name, NAME_WIDTH) },
  { title: 'QUEUE', value: ({ queue }) => queue.name, shown: ({ queue }) => cut(queue.name, NAME_WIDTH) },
  { title: 'CRON', value: ({ cron }) => cron },
  { title: 'TIMEZONE', value: ({ timezone }) => timezone ?? 'local' },
  { title: 'NEXT', value: ({ next_at }) => next_at, shown: ({ next_at }) => since(next_at) },
  {
    title: 'STATE',
    value: ({ state }) => state,
    style: ({ state }) => (state === 'disabled' ? 'yellow' : undefined),
  },
  { title: 'LAST', value: ({ runs }) => runs.at(-1)?.outcome ?? null },
];
