import type { Breakage } from '../helpers/program.ts';

const DEADLINES = 'server/engine/background/deadlines.ts';
const DISPATCHER = 'server/engine/operations/dispatcher.ts';
const ENQUEUE = 'server/engine/operations/enqueue.ts';
const LEASES = 'server/engine/operations/leases.ts';
const LEDGER = 'server/engine/ledger.ts';
const LIFECYCLE = 'server/engine/operations/lifecycle.ts';
const LIMITS = 'server/engine/operations/queue-limits.ts';
const MOVE = 'server/engine/operations/move.ts';
const SCHEDULE = 'server/engine/operations/schedule.ts';
const MESSAGES = 'server/engine/state/message-changes.ts';
const QUEUES = 'server/engine/state/queue-changes.ts';

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
    file: DEADLINES,
    text: 'deadlines.next <= now; count++',
    replacement: 'deadlines.next < now; count++',
  },
  {
    what: 'what takes the place of a job is not delayed',
    file: ENQUEUE,
    text: 'return request.delayMs > 0 ? now',
    replacement: 'return slot === NONE && request.delayMs > 0 ? now',
  },
  {
    what: 'an exptime outlives the ttl',
    file: ENQUEUE,
    text: 'return Math.min(seconds + exptime, latest);',
    replacement: 'return seconds + exptime;',
  },
  {
    what: 'a dead letter lives for ever',
    file: LIFECYCLE,
    text: 'expires: ttlMs === 0 ? 0 : ',
    replacement: 'expires: ttlMs >= 0 ? 0 : ',
  },
  {
    what: 'the status that a buried job leaves expires with it',
    file: LIFECYCLE,
    text: 'time: clock() + keepDoneMs,\n      expires: 0,',
    replacement: 'time: clock() + keepDoneMs,',
  },
  // Attempts.
  {
    what: 'a lease that ends is never the last attempt',
    file: LEASES,
    text: 'return state.attemptsOf(slot) >= policies.',
    replacement: 'return state.attemptsOf(slot) > policies.',
  },
  {
    what: 'a return is counted',
    file: LEASES,
    text: 'ledger.release(slot, attempts - 1, deaths, false);',
    replacement: 'ledger.release(slot, attempts, deaths, false);',
  },
  {
    what: 'the backoff is that of the next attempt',
    file: LEASES,
    text: 'const delay = backoffMs(backoff, attempts, ',
    replacement: 'const delay = backoffMs(backoff, attempts + 1, ',
  },
  {
    what: 'the last attempt is used up by a restart',
    file: LEASES,
    text: "(reason !== 'abort' && reason !== 'death')",
    replacement: "(reason !== 'abort' && reason !== 'death' && reason !== 'stop')",
  },
  {
    what: 'a restart counts as a death',
    file: LEASES,
    text: 'ledger.ready(slot);',
    replacement: 'ledger.release(slot, attempts, deaths + 1, isRow);',
  },
  {
    what: 'a lease that ended while no server was there counts as a death',
    file: DEADLINES,
    text: "deadline <= this.#servesSince ? 'stop' : 'death'",
    replacement: "'death'",
  },
  {
    what: 'an abort is a part of the row',
    file: LEASES,
    text: 'ledger.release(slot, attempts, deaths, false);',
    replacement: 'ledger.release(slot, attempts, deaths, isRow);',
  },
  {
    what: 'a look that waits ends the row',
    file: LEASES,
    text: 'ledger.release(slot, attempts - 1, deaths, isRow);',
    replacement: 'ledger.release(slot, attempts - 1, deaths, false);',
  },
  {
    what: 'the first death in a row has to wait',
    file: LEASES,
    text: 'isRow ? backoffMs(backoff, attempts, Math.random()) : 0',
    replacement: 'backoffMs(backoff, attempts, Math.random())',
  },
  {
    what: 'a failure does not end the row',
    file: LEASES,
    text: '...state.leases.lastAttempt(slot), deaths, diedSilently: false },\n    });',
    replacement: '...state.leases.lastAttempt(slot), deaths },\n    });',
  },
  {
    what: 'a failure of which the process died is no death',
    file: LEASES,
    text: '+ (died ? 1 : 0)',
    replacement: '',
  },
  {
    what: 'a failed job that is tried again keeps its deaths',
    file: 'server/engine/operations/retry-failed.ts',
    text: '      attributes: NO_SETBACKS,\n',
    replacement: '',
  },
  {
    what: 'a failed job that is tried again expires as before',
    file: 'server/engine/operations/retry-failed.ts',
    text: 'attempts: 0,\n      expires: 0,\n      attributes: NO_SETBACKS,',
    replacement: 'attempts: 0,\n      attributes: NO_SETBACKS,',
  },
  // Ids and statuses.
  {
    what: 'an add is stored while its job runs',
    file: ENQUEUE,
    text: 'return !waits && (slot === undefined || this.#base.state.stateOf(slot) !== MessageState.reserved);',
    replacement: 'return !waits;',
  },
  {
    what: 'a replace takes the place of what has expired',
    file: 'server/engine/foundation.ts',
    text: 'return base.state.waits(slot) && !isExpired(base, slot);',
    replacement: 'return base.state.waits(slot);',
  },
  {
    what: 'a new job ends the cancelled run of its id',
    file: MESSAGES,
    text: 'if (this.isHeld(other) ||',
    replacement: 'if (this.stateOf(other) === MessageState.reserved ||',
  },
  {
    what: 'a new job ends the failed one of its id',
    file: MESSAGES,
    text: 'this.isHeld(other) || this.stateOf(other) === MessageState.failed',
    replacement: 'this.isHeld(other)',
  },
  {
    what: 'a status tells who ran a job last, not who runs it',
    file: 'server/engine/operations/jobs.ts',
    text: 'isRunning ? lease.holder : heldBy',
    replacement: 'heldBy',
  },
  {
    what: 'a job that is taken from the failed ones has ended just now',
    file: LIFECYCLE,
    text: 'hasFailed ? record.time : clock()',
    replacement: 'clock()',
  },
  // What is on record, and what whoever replays it makes of it.
  {
    what: 'that a job has lost its id is not on record',
    file: LEDGER,
    text: 'this.#happens(EventType.unname, slot);',
    replacement: `this.#event.type = EventType.unname;
    this.#event.slot = slot;
    this.#event.order = this.#state.orderOf(slot);
    this.#state.apply(this.#event, 0);`,
  },
  {
    what: 'that a lease is extended is not on record',
    file: LEDGER,
    text: 'this.#reserve(slot, this.#state.attemptsOf(slot), token, deadline);\n  }\n\n  /** Keeps',
    replacement: `Object.assign(this.#event, { type: EventType.reserve, slot, token, time: deadline });
    this.#event.attempts = this.#state.attemptsOf(slot);
    this.#event.order = this.#state.orderOf(slot);
    this.#state.apply(this.#event, 0);
  }

  /** Keeps`,
  },
  {
    what: 'that the next run of a job has come is not on record',
    file: DEADLINES,
    text: 'if (!state.repeating.has(slot)) ledger.promote(slot);\n    else if (!this.#cron.putOff(slot)) ledger.ready(slot);',
    replacement: 'if (!this.#cron.putOff(slot)) ledger.promote(slot);',
  },
  {
    what: 'a lease takes an id that the log does not know of',
    file: LEDGER,
    text: 'this.#state.describeLease(slot, holder, this.#clock());',
    replacement: 'this.#state.describeLease(slot, holder, this.#clock());\n    this.#state.nextId++;',
  },
  {
    what: 'a release has lost its attempts when it is read',
    file: 'server/engine/log/codec/event-record.ts',
    text: 'event.size = sizeOf(event);\n      event.attempts = halves[(start >> 1) + 3];',
    replacement: 'event.size = sizeOf(event);\n      event.attempts = 0;',
  },
  {
    what: 'whether a run outlives another job of its id depends on who holds it',
    file: MESSAGES,
    text: 'if (this.isHeld(other) ||',
    replacement: "if (this.leases.of(other).holder !== '' ||",
  },
  {
    what: 'the row is not kept over a restart',
    file: 'server/engine/log/codec/event-record.ts',
    text: '(event.diedSilently ? DIED_SILENTLY : 0)',
    replacement: '0',
  },
  {
    what: 'deaths are lost in compaction',
    file: 'server/engine/message-event.ts',
    text: '    deaths,\n    diedSilently,\n    ...changes,',
    replacement: '    ...changes,',
  },
  {
    what: 'what has a death and nothing else is moved without it',
    file: 'server/engine/message-event.ts',
    text: 'changes === undefined && deaths === 0 && !diedSilently)',
    replacement: 'changes === undefined)',
  },
  {
    what: 'what waits since a death is ready when it has moved',
    file: LEDGER,
    text: '(this.#state.repeating.get(slot)?.time ?? due)',
    replacement: 'this.#state.repeating.get(slot)?.time',
  },
  {
    what: 'the backoff of a run that died is not known to who moves it',
    file: 'server/engine/state/message-changes.ts',
    text: 'this.jobs.delay(event.slot, event.time);',
    replacement: '',
  },
  // What repeats.
  {
    what: 'a change of a job begins its rhythm anew',
    file: ENQUEUE,
    text: 'this.#keepsRhythm(request, slot) ? known : recurrence',
    replacement: 'known === undefined ? recurrence : recurrence',
  },
  {
    what: 'what a schedule missed is left out though it is to be done',
    file: SCHEDULE,
    text: "job.missed === 'skip' && state",
    replacement: 'state',
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
  {
    what: 'a run that nobody took is told as the last one',
    file: 'server/engine/operations/runs.ts',
    text: 'this.#lifecycle.skip(slot, record);',
    replacement: 'this.#lifecycle.complete(slot, record);',
  },
  {
    what: 'how the last run ended is not told to who follows',
    file: 'server/engine/state/job-index.ts',
    text: 'this.repeating.set(slot, { recurrence, lastRun, time, comesAt });',
    replacement:
      'this.repeating.set(slot, { recurrence, lastRun: known?.lastRun ?? lastRun, time, comesAt });',
  },
  // Space.
  {
    what: 'what waited for space goes to who asked behind it',
    file: 'server/engine/admission.ts',
    text: 'again();\n      settle();',
    replacement: 'again();',
  },
  // Whole queues.
  {
    what: 'a drop walks through what it has freed',
    file: QUEUES,
    text: 'this.freeAll(queue.takeAll(), queue);',
    replacement: 'this.freeAll(queue.all(), queue);\n      queue.takeAll();',
  },
  {
    what: 'nobody is served when a queue goes on',
    file: QUEUES,
    text: 'this.withWork.add(queue);\n    this.lists.tell(queue);',
    replacement: 'this.withWork.add(queue);',
  },
  {
    what: 'who takes from all queues does not find one that goes on',
    file: QUEUES,
    text: 'this.withWork.add(queue);\n    this.lists.tell(queue);',
    replacement: 'this.lists.tell(queue);',
  },
  {
    what: 'what fails in a paused queue cannot be taken',
    file: DISPATCHER,
    text: 'queue.isPaused && !request.failed',
    replacement: 'queue.isPaused',
  },
  {
    what: 'what moves is delayed no more',
    file: MESSAGES,
    text: 'this.lists.link(slot, to, state, due, 0);',
    replacement: 'this.lists.link(slot, to, MessageState.ready, 0, 0);',
  },
  {
    what: 'what moves takes an id from the job that has it',
    file: MOVE,
    text: 'return ledger.unname(slot);',
    replacement: 'return;',
  },
  {
    what: 'what moves gives up its id to one that has failed',
    file: MOVE,
    text: 'return ledger.unname(other);',
    replacement: 'return ledger.unname(slot);',
  },
  {
    what: 'a scheduled job moves with very many others',
    file: MOVE,
    text: 'if (this.#isScheduled(slot)) ledger.stay(slot);\n          else if',
    replacement: 'if',
  },
  {
    what: 'what runs during a purge is discarded when it comes back',
    file: 'server/engine/state/cut.ts',
    text: 'if (!isOfKind) this.spare(slot, order);',
    replacement: '',
  },
  {
    what: 'a job that repeats goes with very many others that are purged',
    file: QUEUES,
    text: 'cut.spare(slot, this.orderOf(slot));',
    replacement: '',
  },
  {
    what: 'the id of a job that was discarded is still taken',
    file: 'server/engine/state/state-view.ts',
    text: 'return slot === undefined || this.isDiscarded(slot) ? undefined : slot;\n  }\n\n  /** The slot that a lease',
    replacement: 'return slot;\n  }\n\n  /** The slot that a lease',
  },
  {
    what: 'a run that waits for its backoff outlives a purge',
    file: 'server/engine/operations/runs.ts',
    text: 'return state.stateOf(slot) === MessageState.delayed && state.attemptsOf(slot) > 0;',
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
    file: DISPATCHER,
    text: 'for (let queue = ledger.takeNews(); queue !== undefined; queue = ledger.takeNews()) this.#serve(queue);',
    replacement:
      'const queue = ledger.takeNews();\n    if (queue !== undefined) this.#serve(queue);\n    while (ledger.takeNews() !== undefined) continue;',
  },
  {
    what: 'what has expired when its place is taken is not counted',
    file: ENQUEUE,
    text: 'if (slot !== NONE && isExpired(this.#base, slot)) queue.countExpired();',
    replacement: '',
  },
  {
    what: 'an idle queue goes before its time',
    file: 'server/engine/background/idle-queues.ts',
    text: 'queue.idleSince = now;',
    replacement: '',
  },
  {
    what: 'an idle queue goes although it is paused',
    file: 'server/engine/background/idle-queues.ts',
    text: 'if (!queue.isEmpty || queue.isPaused) {',
    replacement: 'if (!queue.isEmpty) {',
  },
];
