import type { Breakage } from '../helpers/program.ts';

const CORE = 'server/engine/core.ts';
const DELIVERIES = 'server/engine/operations/dispatcher.ts';
const ENDINGS = 'server/engine/operations/lifecycle.ts';
const INTAKE = 'server/engine/operations/enqueue.ts';
const JOBS = 'server/engine/operations/jobs.ts';
const LIMITS = 'server/engine/operations/queue-limits.ts';
const OPERATIONS = 'server/engine/operations/queue-admin.ts';
const OUTCOMES = 'server/engine/operations/leases.ts';
const SCHEDULE = 'server/engine/operations/schedule.ts';
const STATE = 'server/engine/state/state-machine.ts';

/** What the comparison with the model has to notice. */
export const BREAKAGES: readonly Breakage[] = [
  // Order and times.
  {
    what: 'what is out of order comes last',
    file: 'server/engine/state/ready-queue.ts',
    text: 'return head === NONE || comesBefore(this.#table, top, head) ? top : head;',
    replacement: 'return head === NONE ? top : head;',
  },
  {
    what: 'a delay or a lease is over a millisecond late',
    file: 'server/engine/background/deadlines.ts',
    text: 'timetable.nextDue <= now; count++',
    replacement: 'timetable.nextDue < now; count++',
  },
  {
    what: 'what takes the place of a job is not delayed',
    file: INTAKE,
    text: 'return request.delayMs > 0 ? now',
    replacement: 'return slot === NONE && request.delayMs > 0 ? now',
  },
  {
    what: 'an exptime outlives the ttl',
    file: INTAKE,
    text: 'return Math.min(seconds + exptime, latest);',
    replacement: 'return seconds + exptime;',
  },
  {
    what: 'a dead letter lives for ever',
    file: ENDINGS,
    text: 'expires: ttlMs === 0 ? 0 : ',
    replacement: 'expires: ttlMs >= 0 ? 0 : ',
  },
  {
    what: 'the status that a buried job leaves expires with it',
    file: ENDINGS,
    text: 'time: clock() + keepDoneMs,\n          expires: 0,',
    replacement: 'time: clock() + keepDoneMs,',
  },
  // Attempts.
  {
    what: 'a lease that ends is never the last attempt',
    file: OUTCOMES,
    text: 'counted && isAttempt && attempts >= this',
    replacement: 'counted && isAttempt && attempts > this',
  },
  {
    what: 'what is given back has lost an attempt',
    file: OUTCOMES,
    text: 'counted || !isAttempt ? attempts : attempts - 1',
    replacement: 'attempts',
  },
  {
    what: 'the backoff is that of the next attempt',
    file: OUTCOMES,
    text: 'backoffMs(backoff, attempts, ',
    replacement: 'backoffMs(backoff, attempts + 1, ',
  },
  {
    what: 'a failed job that is tried again expires as before',
    file: 'server/engine/operations/retry-failed.ts',
    text: '{ state: target, time, attempts: 0, expires: 0 }',
    replacement: '{ state: target, time, attempts: 0 }',
  },
  // Ids and statuses.
  {
    what: 'an add is stored while its job runs',
    file: INTAKE,
    text: '!waits && this.#stateOf(slot) !== MessageState.reserved',
    replacement: '!waits',
  },
  {
    what: 'a replace takes the place of what has expired',
    file: CORE,
    text: '=== MessageState.delayed) && !this.isExpired(slot)',
    replacement: '=== MessageState.delayed)',
  },
  {
    what: 'a new job ends the cancelled run of its id',
    file: STATE,
    text: 'const runs = state === MessageState.reserved || state === MessageState.cancelled;',
    replacement: 'const runs = state === MessageState.reserved;',
  },
  {
    what: 'a status tells who ran a job last, not who runs it',
    file: JOBS,
    text: 'isRunning ? reservation.holder : heldBy',
    replacement: 'heldBy',
  },
  {
    what: 'a job that is taken from the failed ones has ended just now',
    file: ENDINGS,
    text: 'hasFailed ? record.time : clock()',
    replacement: 'clock()',
  },
  // What repeats.
  {
    what: 'a change of a job begins its rhythm anew',
    file: INTAKE,
    text: 'this.#keepsRhythm(request, slot) ? known : recurrence',
    replacement: 'known === undefined ? recurrence : recurrence',
  },
  {
    what: 'what a schedule missed is left out though it is to be done',
    file: SCHEDULE,
    text: "job.missed === 'skip' && page",
    replacement: 'page',
  },
  {
    what: 'that a time was skipped is not on record',
    file: SCHEDULE,
    text: 'if (skipsTo === undefined) return;',
    replacement: 'if (skipsTo !== null) return;',
  },
  {
    what: 'a schedule cancels the jobs that repeat otherwise',
    file: SCHEDULE,
    text: "if (recurrence.kind !== 'cron') continue;",
    replacement: '',
  },
  // Whole queues.
  {
    what: 'nobody is served when a queue goes on',
    file: OPERATIONS,
    text: 'this.#core.deliveries.serve(queue);',
    replacement: '',
  },
  {
    what: 'who takes from all queues does not find one that goes on',
    file: STATE,
    text: 'if (queue.ready.size > 0) this.waiting.add(queue);',
    replacement: '',
  },
  {
    what: 'what fails in a paused queue cannot be taken',
    file: DELIVERIES,
    text: 'queue.isPaused && !request.failed',
    replacement: 'queue.isPaused',
  },
  {
    what: 'what moves is delayed no more',
    file: STATE,
    text: 'this.placement.link(slot, to, state, due, 0);',
    replacement: 'this.placement.link(slot, to, MessageState.ready, 0, 0);',
  },
  {
    what: 'what moves takes an id from the job that has it',
    file: OPERATIONS,
    text: 'for (const slot of renamed) this.#unname(slot);',
    replacement: '',
  },
  {
    what: 'a run that waits for its backoff outlives a purge',
    file: OPERATIONS,
    text: 'return page.state[at(slot)] === MessageState.delayed && (page.attempts[at(slot)] as number) > 0;',
    replacement: 'return false;',
  },
  // Limits and counts.
  {
    what: 'what runs does not count for max_items',
    file: LIMITS,
    text: 'queue.waitingCount + queue.reservedCount >= maxItems',
    replacement: 'queue.waitingCount >= maxItems',
  },
  {
    what: 'drop_oldest makes room where what runs fills the queue',
    file: LIMITS,
    text: 'let items = queue.delayedCount + queue.reservedCount;',
    replacement: 'let items = queue.delayedCount;',
  },
  {
    what: 'who waits for what another queue passes on is not served',
    file: INTAKE,
    text: 'for (const name of fanoutTo) deliveries.serve(this.#core.openQueue(name));',
    replacement: '',
  },
  {
    what: 'what has expired when its place is taken is not counted',
    file: INTAKE,
    text: 'if (slot !== NONE && this.#core.isExpired(slot)) queue.expired++;',
    replacement: '',
  },
];
