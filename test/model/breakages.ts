import type { Breakage } from '../helpers/program.ts';

const DEADLINES = 'server/engine/background/deadlines.ts';
const DISPATCHER = 'server/engine/operations/dispatcher.ts';
const END_WAITS = 'server/engine/operations/end-waits.ts';
const ENQUEUE = 'server/engine/operations/enqueue.ts';
const JOB_INDEX = 'server/engine/state/job-index.ts';
const GROUPS = 'server/engine/state/groups.ts';
const HELD = 'server/engine/operations/held-messages.ts';
const JOBS = 'server/engine/operations/jobs.ts';
const LEASES = 'server/engine/operations/leases.ts';
const LEDGER = 'server/engine/ledger.ts';
const LIFECYCLE = 'server/engine/operations/lifecycle.ts';
const LIMITS = 'server/engine/operations/queue-limits.ts';
const LISTS = 'server/engine/state/message-lists.ts';
const MOVE = 'server/engine/operations/move.ts';
const RETENTION = 'server/engine/background/retention.ts';
const RATES = 'server/engine/operations/rates.ts';
const RATE_LIMIT = 'server/engine/operations/rate-limit.ts';
const SCHEDULE = 'server/engine/operations/schedule.ts';
const MESSAGES = 'server/engine/state/message-changes.ts';
const QUEUES = 'server/engine/state/queue-changes.ts';

/** What the comparison with the model has to notice. */
export const BREAKAGES: readonly Breakage[] = [
  // Order and times.
  {
    what: 'what is out of order comes last',
    file: 'server/engine/state/ready-queue.ts',
    text: 'return head === NONE || comesBefore(this.table, top, head) ? top : head;',
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
    text: 'time: endedAt + keepDoneMs,\n      expires: 0,',
    replacement: 'time: endedAt + keepDoneMs,',
  },
  // Attempts.
  {
    what: 'a lease that ends is never the last attempt',
    file: LEASES,
    text: 'return state.attemptsOf(slot) >= attemptLimit(',
    replacement: 'return state.attemptsOf(slot) > attemptLimit(',
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
    text: '...failedAttempt(state, slot, record, error, now), deaths, diedSilently: false },\n    });',
    replacement: '...failedAttempt(state, slot, record, error, now), deaths },\n    });',
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
  // A message's own rules.
  {
    what: 'the own limit of a message is ignored',
    file: 'server/engine/foundation.ts',
    text: 'state.maxAttemptsOf(slot) || policies',
    replacement: 'policies',
  },
  {
    what: 'the own backoff of a message is ignored',
    file: 'server/engine/foundation.ts',
    text: 'state.backoffOf(slot) ?? policies',
    replacement: 'policies',
  },
  {
    what: 'what waited for space has lost its own limit',
    file: ENQUEUE,
    text: 'mode, everyMs, ...own };',
    replacement: 'mode, everyMs, ...own, maxAttempts: 0 };',
  },
  {
    what: 'what is passed on has no rules of its own',
    file: ENQUEUE,
    text: 'this.#store(ledger.openQueue(name), request);',
    replacement: 'this.#store(ledger.openQueue(name), { ...request, maxAttempts: 0, backoff: undefined });',
  },
  {
    what: 'what takes the place of a job keeps its limit',
    file: 'server/engine/state/message-table.ts',
    text: 'if (this.#maxAttempts !== undefined) this',
    replacement: 'if (this.#maxAttempts !== undefined && maxAttempts > 0) this',
  },
  {
    what: 'what takes the place of a job keeps its backoff',
    file: 'server/engine/state/message-table.ts',
    text: 'if (this.#backoffs !== undefined)',
    replacement: 'if (this.#backoffs !== undefined && backoff !== undefined)',
  },
  {
    what: 'own rules are lost in compaction',
    file: LEDGER,
    text: 'this.change(slot, record, time === undefined ? {} : { time });',
    replacement:
      'this.change(slot, record, { ...(time === undefined ? {} : { time }), attributes: { maxAttempts: 0, backoff: undefined } });',
  },
  {
    what: 'own rules are lost in a move',
    file: MESSAGES,
    text: 'page.setQueue(i, to.number);',
    replacement: 'page.setQueue(i, to.number);\n    page.setOwnRules(i, 0, undefined);',
  },
  {
    what: 'a failed job that is tried again has lost its own rules',
    file: 'server/engine/operations/retry-failed.ts',
    text: '      attributes: NO_SETBACKS,\n',
    replacement: '      attributes: { ...NO_SETBACKS, maxAttempts: 0, backoff: undefined },\n',
  },
  {
    what: 'the next run of a job has lost its own rules',
    file: LIFECYCLE,
    text: '...NO_SETBACKS, history: NO_BYTES };\n    ledger',
    replacement: '...NO_SETBACKS, ...NO_OWN_RULES, history: NO_BYTES };\n    ledger',
  },
  {
    what: 'a run that failed has lost its own rules',
    file: LEDGER,
    text: 'const kept = { heldBy, startedAt, maxAttempts, backoff, group, history };',
    replacement: 'const kept = { heldBy, startedAt, group, history };',
  },
  {
    what: 'a dead letter keeps its own rules',
    file: LIFECYCLE,
    text: '        ...NO_OWN_RULES,\n        jobId',
    replacement: '        jobId',
  },
  {
    what: 'the dead letter of a run keeps its own rules',
    file: LIFECYCLE,
    text: '{ ...lastAttempt, ...NO_OWN_RULES, origin }',
    replacement: '{ ...lastAttempt, origin }',
  },
  {
    what: 'an own backoff is another one when it is read',
    file: 'server/engine/state/own-rules.ts',
    text: "if (packed < 0) return { kind: 'exponential' };",
    replacement: "if (packed < 0) return { kind: 'none' };",
  },
  {
    what: 'a line of the schedule that only has other rules is left as it was',
    file: SCHEDULE,
    text: 'if (hasBody && this.#hasOptions(job, slot)) {',
    replacement: 'if (hasBody) {',
  },
  {
    what: 'what is disabled runs at its times',
    file: 'server/engine/operations/cron-clock.ts',
    text: '|| !job.isDisabled) return false;',
    replacement: '|| slot >= 0) return false;',
  },
  {
    what: 'a job is disabled no more when its line changes',
    file: SCHEDULE,
    text: 'state.repeating.get(named)?.isDisabled ?? false',
    replacement: 'false',
  },
  {
    what: 'a run that comes by hand is not on record',
    file: 'server/engine/operations/schedule-control.ts',
    text: 'ledger.ready(slot);',
    replacement: 'ledger.promote(slot);',
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
    file: JOBS,
    text: 'isHeld ? lease.holder : heldBy',
    replacement: 'heldBy',
  },
  {
    what: 'a job that is taken from the failed ones has ended just now',
    file: LIFECYCLE,
    text: "{ state: 'failed', endedAt: record.time }",
    replacement: "{ state: 'failed', endedAt: clock() }",
  },
  // Cancelling.
  {
    what: 'the end of a job counts although it was cancelled',
    file: HELD,
    text: 'if (this.isCancelled(slot)) this.endCancelled(token, slot, done);\n      else end();',
    replacement: 'end();',
  },
  {
    what: 'a touch extends what was cancelled',
    file: LEASES,
    text: 'if (slot === undefined || !this.#held.isCancelled(slot)) return slot;',
    replacement: 'return slot;',
  },
  {
    what: 'a job was cancelled when its holder ended it',
    file: HELD,
    text: 'state.leases.of(slot).cancelledAt || clock()',
    replacement: 'clock()',
  },
  {
    what: 'when a job was cancelled is lost in compaction',
    file: 'server/engine/message-event.ts',
    text: 'return cancelledAt > 0 ?',
    replacement: 'return cancelledAt < 0 ?',
  },
  {
    what: 'what is open when it is cancelled is held for ever',
    file: MESSAGES,
    text: 'this.lists.setDeadline(slot, time);',
    replacement: '',
  },
  {
    what: 'a job that repeats goes on when its run was cancelled',
    file: 'server/engine/state/job-index.ts',
    text: "recurrence.kind === 'every') this.#repeatNoMore",
    replacement: "recurrence.kind === 'none') this.#repeatNoMore",
  },
  {
    what: 'a scheduled job is over when its run was cancelled',
    file: LIFECYCLE,
    text: "if (isScheduled(this.#base, slot)) this.#repeat(slot, record, { ...end, error: '' });",
    replacement: 'if (end.endedAt < 0) return;',
  },
  {
    what: 'a scheduled job can be cancelled between two runs',
    file: JOBS,
    text: '!isScheduled(this.#base, slot) ||\n',
    replacement: 'slot >= 0 ||\n',
  },
  {
    what: 'what moves gives up its id to one that was cancelled',
    file: MOVE,
    text: '      case MessageState.cancelled:\n',
    replacement: '',
  },
  {
    what: 'an add is not stored while a cancelled job is held',
    file: ENQUEUE,
    text: 'this.#base.state.stateOf(slot) !== MessageState.reserved);',
    replacement: '!this.#base.state.isHeld(slot));',
  },
  {
    what: 'nothing is known of a job that was cancelled while it waited',
    file: JOBS,
    text: 'if (!this.#lifecycle.cancelNeedsRecord(slot)) {',
    replacement: 'if (this.#lifecycle !== undefined) {',
  },
  {
    what: 'a run that is scheduled no more is over when it fails',
    file: SCHEDULE,
    text: 'if (state.isHeld(slot)) ledger.change(',
    replacement:
      'if (state.isHeld(slot)) ledger.cancelHeld(slot, 1, 1);\n    else if (state.isHeld(slot)) ledger.change(',
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
    text: 'if (!state.repeating.has(slot)) ledger.promote(slot);\n    else if (!this.#cron.putOff(slot) && !this.#cron.leaveOut(slot)) ledger.ready(slot);',
    replacement: 'if (!this.#cron.putOff(slot) && !this.#cron.leaveOut(slot)) ledger.promote(slot);',
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
    text: 'case EventType.delay:\n      event.size = sizeOf(event);\n      event.attempts = halves[(start >> 1) + 3];',
    replacement: 'case EventType.delay:\n      event.size = sizeOf(event);\n      event.attempts = 0;',
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
    text: 'changes === undefined && deaths === 0 && !diedSilently && ',
    replacement: 'changes === undefined && ',
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
    text: 'this.repeating.set(slot, { recurrence, lastRun, isDisabled, time, comesAt });',
    replacement:
      'this.repeating.set(slot, { recurrence, lastRun: known?.lastRun ?? lastRun, isDisabled, time, comesAt });',
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
    file: LISTS,
    text: 'this.#listOf(queue)?.add(queue);\n    this.tell(queue);',
    replacement: 'this.#listOf(queue)?.add(queue);',
  },
  {
    what: 'who takes from all queues does not find one that goes on',
    file: QUEUES,
    text: 'this.queues.checkpoint.change(queue);\n    this.lists.offer(queue);',
    replacement: 'this.queues.checkpoint.change(queue);\n    this.lists.tell(queue);',
  },
  {
    what: 'what fails in a paused queue cannot be taken',
    file: DISPATCHER,
    text: '!(request.failed || hasFor(request.mode, queue))',
    replacement: '!hasFor(request.mode, queue)',
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
    text: 'if (isScheduled(this.#base, slot)) ledger.stay(slot);\n          else if',
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
    text: 'if (slot !== NONE && isExpired(this.#base, slot)) queue.count(Count.expired);',
    replacement: '',
  },
  {
    what: 'of too many failed messages the one goes that is next',
    file: RETENTION,
    text: 'ledger.done(queue.failed.byTime.last);',
    replacement: 'ledger.done(queue.firstFailed);',
  },
  {
    what: 'one failed message too many is kept',
    file: RETENTION,
    text: 'queue.failedCount > maxFailed',
    replacement: 'queue.failedCount > maxFailed + 1',
  },
  {
    what: 'a failed message is kept for a second too long',
    file: RETENTION,
    text: 'keepFailedMs <= second',
    replacement: 'keepFailedMs < second - 999',
  },
  {
    what: 'a failed message that was not kept is not counted',
    file: RETENTION,
    text: 'queue.count(Count.failedDropped);',
    replacement: '',
  },
  {
    what: 'how many failed messages are kept changes only for queues in which more fail',
    file: RETENTION,
    text: 'if (queue.failedCount > 0) failureNews.add(queue);',
    replacement: '',
  },
  {
    what: 'failed messages go in the order in which they were stored',
    file: 'server/engine/state/latest-first.ts',
    text: 'return -this.#table.page(slot).due(row(slot));',
    replacement: 'return 0;',
  },
  {
    what: 'what is tried again goes as one of those that failed',
    file: 'server/engine/state/failed-messages.ts',
    text: 'this.byTime.remove(slot);',
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
  // Who waits for the end of a job.
  {
    what: 'the end of a job is told by what is kept of it',
    file: END_WAITS,
    text: 'const status = end && this.#describeEnd(slot, first.request.jobId, record, end);',
    replacement: 'const status = undefined;',
  },
  {
    what: 'the end of a job that is waited for takes no record',
    file: LIFECYCLE,
    text: 'state.repeating.has(slot) || state.isAwaited(slot)',
    replacement: 'state.repeating.has(slot)',
  },
  {
    what: 'the end of a run tells of the one before it as the last one',
    file: END_WAITS,
    text: "lastRun: goesOn ? { state: endState, endedAt, error: endState === 'failed' ? error : '' } : undefined,",
    replacement: 'lastRun: known.lastRun,',
  },
  {
    what: 'what has lost its id is told as a job that repeats',
    file: 'server/engine/operations/jobs.ts',
    text: 'const { recurrence, lastRun, isDisabled } = state.repeating.get(slot) ?? NOT_REPEATING;',
    replacement: 'const { recurrence, lastRun, isDisabled } = decodeAttributes(record.attributes);',
  },
  {
    what: 'who waits for the end of a job is not told that it is cancelled',
    file: MESSAGES,
    text: '    this.jobs.tell(slot);\n    const page',
    replacement: '    const page',
  },
  {
    what: 'who waits for the end of a job is not told that it has lost its id',
    file: JOB_INDEX,
    text: 'remove(slot: number, queue: Queue): void {\n    this.tell(slot);',
    replacement: 'remove(slot: number, queue: Queue): void {',
  },
  {
    what: 'who waits for the end of a job is not told that it has moved',
    file: JOB_INDEX,
    text: '    this.tell(slot);\n    from.jobs',
    replacement: '    from.jobs',
  },
  {
    what: 'who waits for the end of a job is not told that it was purged with very many others',
    file: QUEUES,
    text: 'if (cut !== undefined) this.jobs.tellAll();',
    replacement: '',
  },
  {
    what: 'who waits for the end of a job is not told that it was dropped with very many others',
    file: QUEUES,
    text: 'this.jobs.drop(queue);\n    this.jobs.tellAll();',
    replacement: 'this.jobs.drop(queue);',
  },
  {
    what: 'who waits for the end of a job is not told that its run is discarded',
    file: LIFECYCLE,
    text: 'this.#onEnd(slot, record, undefined);\n',
    replacement: '',
  },
  {
    what: 'who waits for the end of a job is not told that it has expired',
    file: END_WAITS,
    text: 'expires > 0 ? Math.min(wait.until, expires) : wait.until',
    replacement: 'wait.until',
  },
  {
    what: 'who waits for the end of a job is not told that it has expired when it comes back',
    file: MESSAGES,
    text: '    this.lists.link(slot, queue, state, time, 0);\n    this.jobs.tell(slot);',
    replacement: '    this.lists.link(slot, queue, state, time, 0);',
  },
  // Groups.
  {
    what: 'a second message of a group runs beside the first',
    file: GROUPS,
    text: 'this.#limits.runningOf(name) < flow.groupRunning;',
    replacement: 'this.#limits.runningOf(name) <= flow.groupRunning;',
  },
  {
    what: 'a group does not wait for a backoff',
    file: GROUPS,
    text: '(blocked === 0 || !flow.isStrict) && ',
    replacement: '',
  },
  {
    what: 'what is prepended goes ahead of a backoff',
    file: GROUPS,
    text: '#mayGoOn({ name, blocked }: Group): boolean {\n    const { flow } = this.#limits;\n    return (blocked === 0 || !flow.isStrict)',
    replacement:
      '#mayGoOn(group: Group): boolean {\n    const { name, blocked } = group;\n    const { flow } = this.#limits;\n    const first = group.peek();\n    const isAhead = first !== NONE && this.#table.page(first).order[row(first)] < 0;\n    return (blocked === 0 || !flow.isStrict || isAhead)',
  },
  {
    what: 'a group waits for what is only delayed',
    file: 'server/engine/state/ready-messages.ts',
    text: 'this.#table.page(slot).attempts[row(slot)] > 0 ? this.#groupOf(slot) : undefined',
    replacement: 'this.#groupOf(slot)',
  },
  {
    what: 'the turn of a group does not end',
    file: GROUPS,
    text: 'group.turn = turn;',
    replacement: '',
  },
  {
    what: 'the turn of what has no group does not end',
    file: GROUPS,
    text: 'this.plainTurn = turn;',
    replacement: '',
  },
  {
    what: 'a group that comes has the first turn',
    file: GROUPS,
    text: 'if (first === NONE) group.turn = ++this.#lastTurn;',
    replacement: '',
  },
  {
    what: 'what is taken for good ends no turn',
    file: DISPATCHER,
    text: 'if (isTaken && !isHeld && !request.failed) ledger.endTurn(slot);',
    replacement: '',
  },
  {
    what: 'groups go on by the rules that they came under',
    file: 'server/engine/state/state-machine.ts',
    text: 'if (!isSame) queue.ready.groups?.reorder();',
    replacement: '',
  },
  {
    what: 'nobody is served when what a group waits for is cancelled',
    file: LISTS,
    text: 'queue.ready.endDelay(slot);\n        this.offer(queue);',
    replacement: 'queue.ready.endDelay(slot);',
  },
  {
    what: 'what was cancelled holds its group no more',
    file: MESSAGES,
    text: 'page.state[row(slot)] = MessageState.cancelled;',
    replacement:
      '{ page.state[row(slot)] = MessageState.cancelled; const group = page.group(row(slot)); if (group !== undefined) this.queueOf(slot).countRunning(group, -1); this.lists.offer(this.queueOf(slot)); }',
  },
  {
    what: 'what runs and was written again counts for nothing after a restart',
    file: LISTS,
    text: 'token: number, isAttempt = true): void {',
    replacement: 'token: number, isAttempt = false): void {',
  },
  {
    what: 'what takes the place of a job is in the list of its group',
    file: LISTS,
    text: "if ((page.group(i) ?? '') !== group) return false;",
    replacement: '',
  },
  {
    what: 'a group waits for a run that another one has taken the place of',
    file: LISTS,
    text: 'if (state === MessageState.delayed && page.attempts[i] > 0 !== attempts > 0) return false;',
    replacement: '',
  },
  {
    what: 'what moves goes on before what it waits for has moved',
    file: MOVE,
    text: 'delayed.head === NONE ? ready.peek() : delayed.head;',
    replacement: 'ready.peek() === NONE ? delayed.head : ready.peek();',
  },
  {
    what: 'a run that failed has lost its group',
    file: LEDGER,
    text: 'const kept = { heldBy, startedAt, maxAttempts, backoff, group, history };',
    replacement: "const kept = { heldBy, startedAt, maxAttempts, backoff, group: '', history };",
  },
  {
    what: 'what waited for space has lost its group',
    file: ENQUEUE,
    text: 'const own = { maxAttempts, backoff, group };\n    const kept',
    replacement: "const own = { maxAttempts, backoff, group: '' };\n    const kept",
  },
  // How much runs.
  {
    what: 'a start does not know how much may run',
    file: 'server/engine/engine.ts',
    text: 'await engine.#flowControl.start();',
    replacement: '',
  },
  {
    what: 'who takes for good is bounded by what runs',
    file: 'server/engine/operations/queue-choice.ts',
    text: "(queue.offered === 'takes' && mode === 'take')",
    replacement: 'false',
  },
  {
    what: 'who takes from all queues does not find one of which as many run as may',
    file: 'server/engine/operations/queue-choice.ts',
    text: 'for (const queue of state.withTakes) if (list.isRest(queue.name)) yield queue;',
    replacement: '',
  },
  {
    what: 'nobody is served when the wait for the next start is over',
    file: RATES,
    text: 'this.#base.ledger.setHeld(queue, false);\n    }\n    return true;',
    replacement: 'queue.isHeld = false;\n    }\n    return true;',
  },
  {
    what: 'the wait for the next start is over a millisecond late',
    file: RATES,
    text: 'this.#waiting.next <= now; count++',
    replacement: 'this.#waiting.next < now; count++',
  },
  {
    what: 'a queue that may start nothing is offered',
    file: 'server/engine/state/queue.ts',
    text: 'this.isPaused || this.isHeld',
    replacement: 'this.isPaused',
  },
  {
    what: 'what is returned was a start',
    file: LEASES,
    text: "if (reason === 'return' || reason === 'unread')",
    replacement: "if (reason === 'unread')",
  },
  {
    what: 'there are more starts in a window than may be',
    file: RATE_LIMIT,
    text: 'const isFull = this.#inWindow >= this.rate.starts;',
    replacement: 'const isFull = false;',
  },
  {
    what: 'while a window is full its burst comes back',
    file: RATE_LIMIT,
    text: 'if (this.#inWindow >= starts) {',
    replacement: 'if (burst < 0) {',
  },
  {
    what: 'what has started is forgotten with its queue',
    file: RATES,
    text: 'if (limited.limit.idleAt > now) this.#hold(limited, now);\n    else this.#forget(limited);',
    replacement: 'this.#forget(limited);',
  },
  // Error groups and attempts that failed.
  {
    what: 'what leaves the failed set stays in its error group',
    file: LISTS,
    text: 'queue.errors?.leave(this.#table.page(slot).errorGroup(row(slot)), isAside);',
    replacement: '',
  },
  {
    what: 'what is put aside to be tried again stays in its error group',
    file: 'server/engine/state/queue.ts',
    text: 'this.errors?.putAside();',
    replacement: '',
  },
  {
    what: 'a failed message that moves has the number that its error group had before',
    file: MESSAGES,
    text: 'if (errors !== undefined) this.lists.noteErrorLike(slot, to, errors);',
    replacement: '',
  },
  {
    what: 'the error groups of a queue outlive it',
    file: QUEUES,
    text: 'queue.errors?.drop();',
    replacement: '',
  },
  {
    what: 'the last attempt of a message is not among those that failed',
    file: LIFECYCLE,
    text: 'const attempt = failedAttempt(state, slot, record, error, endedAt);',
    replacement: 'const attempt = state.leases.lastAttempt(slot);',
  },
  {
    what: 'the attempts at a failed job are forgotten when it is tried again',
    file: 'server/engine/operations/retry-failed.ts',
    text: 'attributes: NO_SETBACKS,',
    replacement: 'attributes: { ...NO_SETBACKS, history: Buffer.alloc(0) },',
  },
  {
    what: 'an attempt that ended without a word is lost in the next record',
    file: 'server/engine/message-event.ts',
    text: 'history: state.historyOf(slot, known.history),',
    replacement: 'history: known.history,',
  },
  {
    what: 'the status of a job that expired is without the attempts that ended without a word',
    file: LIFECYCLE,
    text: '{ ...lastAttempt, history, jobId, end }',
    replacement: '{ ...lastAttempt, jobId, end }',
  },
  {
    what: 'attempts that ended without a word stay with their slot',
    file: MESSAGES,
    text: 'if (this.silentDeaths.size > 0) this.silentDeaths.delete(event.slot);',
    replacement: '',
  },
  {
    what: 'the attempts at a run are those at the next one',
    file: LIFECYCLE,
    text: '...NO_SETBACKS, history: NO_BYTES };',
    replacement: '...NO_SETBACKS };',
  },
  // Actions on messages.
  {
    what: 'when a message without an id was cancelled is forgotten when it is moved',
    file: 'server/engine/message-event.ts',
    text: '!diedSilently && !isCancelled)',
    replacement: '!diedSilently)',
  },
  {
    what: 'what is tried again before its time goes on with its row',
    file: 'server/engine/views/action-verbs.ts',
    text: 'state.deathsOf(slot), false, due)',
    replacement: 'state.deathsOf(slot), state.diedSilently(slot), due)',
  },
];
