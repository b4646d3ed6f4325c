import { DEFAULT_PRIORITY, type ReleaseReason } from '../../server/engine/api.ts';
import { DEFAULT_POLICY, type Policy } from '../../server/engine/policy.ts';
import { SEGMENT, type Step } from './steps.ts';

type Enqueue = Extract<Step, { type: 'enqueue' }>;
type Act = Extract<Step, { type: 'act' }>;

const NO_RULES = { maxAttempts: 0, backoff: undefined };

function set(queue: string, options: Partial<Enqueue> = {}): Enqueue {
  const plain = { size: 10, flags: 0, exptime: 0, ahead: false, priority: DEFAULT_PRIORITY, delayMs: 0 };
  return {
    type: 'enqueue',
    queue,
    ...plain,
    jobId: '',
    mode: 'set',
    everyMs: 0,
    ...NO_RULES,
    group: '',
    ...options,
  };
}

function open(queue: string): Step {
  return { type: 'reserve', queue, mode: 'open', leaseMs: 0, holder: 'someone' };
}

function take(queue: string): Extract<Step, { type: 'reserve' }> {
  return { type: 'reserve', queue, mode: 'take', leaseMs: 0, holder: 'someone' };
}

function lease(queue: string): Step {
  return { type: 'reserve', queue, mode: 'lease', leaseMs: 20_000, holder: 'someone' };
}

function wait(queue: string, mode: 'take' | 'lease' = 'take'): Step {
  return { type: 'wait', queue, mode, leaseMs: 5000, holder: 'someone', waitMs: 20_001 };
}

function awaitEnd(queue: string): Step {
  return { type: 'awaitEnd', queue, jobId: 'j', waitMs: 20_001 };
}

const LINE = {
  queue: 'plain',
  name: 'j',
  rhythm: { everyMs: 5000, firstAt: 0, cron: '*/5 * * * * *' },
  body: '1000001:',
  missed: 'once' as 'once' | 'skip',
  priority: undefined as number | undefined,
  ...NO_RULES,
};

function schedule(missed: 'once' | 'skip'): Step {
  return { type: 'schedule', lines: [{ ...LINE, missed }] };
}

function die(queue: string, holder: 'someone' | 'another'): Step[] {
  return [
    { type: 'reserve', queue, mode: 'open', leaseMs: 0, holder },
    { type: 'fail', which: 0, error: `in ${queue}`, final: true, died: false },
  ];
}

/** Taken, and given back for each of these reasons. */
function comesBack(queue: string, ...reasons: ReleaseReason[]): Step[] {
  return reasons.flatMap((reason): Step[] => [open(queue), { type: 'release', which: 0, reason }]);
}

/** Of what is held the last one, for good. */
const FAIL: Extract<Step, { type: 'fail' }> = {
  type: 'fail',
  which: 0,
  error: 'no',
  final: true,
  died: false,
};

/** One message for each of these groups; a blank is none. */
function many(queue: string, groups: string): Step[] {
  return [...groups].map((group) => set(queue, { group: group.trim() }));
}

const FAIL_ONCE: Step = { type: 'fail', which: 0, error: 'no', final: false, died: false };

function policy(queue: string, changes: Partial<Policy>): Step {
  return { type: 'policy', queue, policy: { ...DEFAULT_POLICY, ...changes } };
}

const CANCEL: Step = { type: 'cancel', queue: 'plain', jobId: 'j' };

/** What is done to all of a queue in one state. */
function act(verb: Act['verb'], queue: string, state: Act['state'], to = 'short'): Step {
  return { type: 'act', verb, queue, state, to, refs: [], group: '', text: '', delayMs: 0 };
}

const COMPLETE: Step = { type: 'complete', which: 0, result: 'done' };

/** A segment has room for one of them. */
const BIG = set('short', { size: Math.floor(0.9 * SEGMENT) });

/** What was there before moves, for its segment to be freed. */
const CHURN: Step = {
  type: 'burst',
  steps: Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? BIG : take('short'))),
};

/** An abort is no death, and a failure ends the row. What has failed in a paused queue can be taken. */
const MORE_SETBACKS: readonly Step[] = [
  { type: 'policy', queue: 'fan', policy: { ...DEFAULT_POLICY, backoff: { kind: 'none' } } },
  set('fan'),
  ...comesBack('fan', 'death', 'abort'),
  take('fan'),
  set('fan'),
  ...comesBack('fan', 'death'),
  open('fan'),
  { ...FAIL, final: false },
  ...die('fan', 'someone'),
  { type: 'pause', queue: 'fan' },
  { type: 'takeFailed', queue: 'fan', jobId: '' },
];

/** What failed first goes first, though it is not the next one, and has moved; what is tried again fails at another time. */
const FAILED_FIRST: readonly Step[] = [
  take('plain'),
  { type: 'burst', steps: Array.from({ length: 3 }, () => set('plain', { size: 3000 })) },
  ...[open('plain'), open('plain'), open('plain'), FAIL, FAIL, FAIL],
  CHURN,
  { type: 'policy', queue: 'plain', policy: { ...DEFAULT_POLICY, maxFailed: 2 } },
  { type: 'retryFailed', queue: 'plain', jobId: '', delay: 0 },
  ...[open('plain'), open('plain'), FAIL, { type: 'advance', ms: 1000 } as const, FAIL],
  { type: 'policy', queue: 'plain', policy: { ...DEFAULT_POLICY, keepFailedMs: 3000 } },
  { type: 'advance', ms: 2000 },
  { type: 'kill', downMs: 0 },
  { type: 'peek', queue: 'plain', failed: true, jobId: '' },
  { type: 'advance', ms: 2000 },
];

/** What went wrong once, and what chance seldom finds. */
export const EXAMPLES: readonly Step[][] = [
  // What is due at one moment is served by priority.
  [
    { type: 'burst', steps: [set('plain', { delayMs: 3000 }), set('plain', { delayMs: 3000, priority: 7 })] },
    wait('plain'),
    { type: 'advance', ms: 4000 },
  ],
  [wait('plain'), set('retry'), { type: 'move', queue: 'retry', to: 'plain' }],
  // Of what is due at one moment in two queues, one may go to the other.
  [
    {
      type: 'policy',
      queue: 'fan',
      policy: { ...DEFAULT_POLICY, ttlMs: 2500, deadLetterTo: 'dead', fanoutTo: ['dead'] },
    },
    { type: 'pause', queue: 'dead' },
    { type: 'resume', queue: 'dead' },
    wait('dead'),
    wait('fan'),
    set('fan', { delayMs: 3000 }),
    { type: 'advance', ms: 4000 },
  ],
  // Who waits for what another queue passes on.
  [wait('dead'), set('fan')],
  // What has expired cannot be replaced, though it is not due yet, and nobody has come upon it.
  [
    set('plain', { jobId: 'j', exptime: 3, delayMs: 9000 }),
    { type: 'advance', ms: 5000 },
    set('plain', { jobId: 'j', mode: 'replace' }),
  ],
  // A run that waits for its backoff is purged as well.
  [
    set('plain', { jobId: 'j', everyMs: 9000 }),
    open('plain'),
    { type: 'fail', which: 0, error: 'no', final: false, died: false },
    { type: 'purge', queue: 'plain' },
  ],
  // A run that failed for good goes to who waits for the dead; the job itself comes from nowhere.
  [
    set('dead', { jobId: 'j', delayMs: 20_000 }),
    wait('dead'),
    set('retry', { jobId: 'j', everyMs: 2000 }),
    ...die('retry', 'someone'),
    { type: 'move', queue: 'retry', to: 'dead' },
    { type: 'advance', ms: 3000 },
    { type: 'peek', queue: 'dead', failed: false, jobId: '' },
  ],
  // A queue that is full of what runs has no room to make.
  [
    set('plain'),
    set('plain'),
    open('plain'),
    { type: 'policy', queue: 'plain', policy: { ...DEFAULT_POLICY, maxItems: 1, whenFull: 'drop_oldest' } },
    set('plain'),
  ],
  // A dead letter that dies again tells of the first queue; in that one once more, of the last time there.
  [
    {
      type: 'policy',
      queue: 'dead',
      policy: { ...DEFAULT_POLICY, maxAttempts: 1, deadLetterTo: 'plain' },
    },
    set('retry', { jobId: 'j' }),
    ...die('retry', 'someone'),
    ...die('dead', 'another'),
    { type: 'kill', downMs: 0 },
    { type: 'peek', queue: 'plain', failed: false, jobId: '' },
    ...die('plain', 'another'),
    { type: 'peek', queue: 'plain', failed: true, jobId: '' },
    { type: 'retryFailed', queue: 'plain', jobId: '', delay: 0 },
    { type: 'move', queue: 'plain', to: 'retry' },
    ...die('retry', 'another'),
  ],
  // Whoever follows the log comes too late: what it has not been told is freed.
  [
    set('plain'),
    { type: 'burst', steps: Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? BIG : take('short'))) },
  ],
  // What was skipped stays so, also when nothing is to be skipped any more.
  [
    schedule('skip'),
    { type: 'reopen', downMs: 7000 },
    schedule('once'),
    { type: 'reopen', downMs: 0 },
    { type: 'peek', queue: 'plain', failed: false, jobId: '' },
  ],
  // What had to wait for space goes to who waited before, not to who asked behind it.
  [wait('plain'), { type: 'burst', steps: [{ ...BIG, queue: 'plain' }, take('plain'), take('plain')] }],
  // What waits since a second death does so where it moves to, a run of a job as well; a look that waits is nothing to a row.
  [set('plain', { jobId: 'j' }), ...comesBack('plain', 'death', 'death'), CHURN, { type: 'kill', downMs: 2 }],
  [set('plain', { jobId: 'j', everyMs: 9000 }), ...comesBack('plain', 'death', 'death'), CHURN],
  [set('plain'), ...comesBack('plain', 'death', 'unread', 'death'), ...MORE_SETBACKS],
  // A read keeps its turn while there is no room for the record of what it takes.
  [wait('plain'), wait('plain', 'lease'), set('plain', { jobId: 'j', size: SEGMENT >> 1 })],
  // What is cancelled while it is open is held for a minute, also where its segment is freed. It gives up its id at once.
  [
    set('plain', { jobId: 'j', everyMs: 9000 }),
    open('plain'),
    CANCEL,
    CHURN,
    { type: 'kill', downMs: 2 },
    { type: 'advance', ms: 60_002 },
    set('plain', { jobId: 'j' }),
    open('plain'),
    CANCEL,
    { type: 'extend', which: 0, leaseMs: 5000 },
    set('short', { jobId: 'j' }),
    { type: 'move', queue: 'short', to: 'plain' },
    COMPLETE,
    open('plain'),
    CANCEL,
    set('plain', { jobId: 'j', mode: 'add' }),
  ],
  // Of what is scheduled the run is cancelled, and nothing between two runs. One that is scheduled no more goes on as any.
  [
    schedule('once'),
    { type: 'advance', ms: 10_000 },
    open('plain'),
    CANCEL,
    schedule('once'),
    { type: 'advance', ms: 2 },
    COMPLETE,
    CANCEL,
    { type: 'advance', ms: 10_000 },
    open('plain'),
    { type: 'schedule', lines: [] },
    { type: 'fail', which: 0, error: 'no', final: false, died: false },
  ],
  // The times of what is disabled pass, over crashes and with another line; a run comes by hand, and then the next time.
  [
    schedule('once'),
    { type: 'setDisabled', jobId: 'j', isDisabled: true },
    { type: 'advance', ms: 12_000 },
    { type: 'powerCut', seed: 1, downMs: 7000 },
    { type: 'schedule', lines: [{ ...LINE, priority: 7 }] },
    { type: 'advance', ms: 6000 },
    { type: 'runNow', jobId: 'j' },
    { type: 'runNow', jobId: 'j' },
    { type: 'kill', downMs: 2 },
    open('plain'),
    { type: 'fail', which: 0, error: 'no', final: true, died: false },
    { type: 'advance', ms: 6000 },
    { type: 'setDisabled', jobId: 'j', isDisabled: false },
    { type: 'reopen', downMs: 0 },
    { type: 'advance', ms: 6000 },
    take('plain'),
  ],
  // What has failed gives up its id to what comes from another queue.
  [
    set('plain', { jobId: 'j' }),
    ...die('plain', 'someone'),
    set('short', { jobId: 'j' }),
    { type: 'move', queue: 'short', to: 'plain' },
    { type: 'kill', downMs: 0 },
    ...FAILED_FIRST,
  ],
  // Who waits for the end of a job has its result, though nothing of it is kept; is told that it has expired, before it is
  // due; and of one that runs meanwhile when it comes back, though it is not next.
  [
    set('fan', { jobId: 'j' }),
    awaitEnd('fan'),
    take('fan'),
    set('plain', { jobId: 'j', exptime: 3, delayMs: 9000 }),
    awaitEnd('plain'),
    set('retry', { jobId: 'j', exptime: 3 }),
    open('retry'),
    set('retry', { ahead: true }),
    awaitEnd('retry'),
    { type: 'advance', ms: 5000 },
    { type: 'release', which: 0, reason: 'abort' },
  ],
  // One of a group at a time, and the next one when that is back or done.
  [...many('plain', 'aab'), set('plain'), open('plain'), open('plain'), open('plain'), open('plain')],
  [...many('plain', 'aa'), ...comesBack('plain', 'abort', 'return', 'death'), open('plain'), open('plain')],
  // A group waits for a backoff, whatever is set behind that; what is delayed is waited for by nobody.
  [
    set('plain', { group: 'a', delayMs: 9000 }),
    ...many('plain', 'aa'),
    open('plain'),
    FAIL_ONCE,
    set('plain', { group: 'a', ahead: true }),
    open('plain'),
    { type: 'kill', downMs: 0 },
    open('plain'),
    { type: 'advance', ms: 8000 },
    open('plain'),
  ],
  [set('plain', { group: 'a', delayMs: 9000 }), set('plain', { group: 'a' }), open('plain')],
  // Turns.
  [...many('retry', 'aaab b '), ...Array.from({ length: 7 }, () => take('retry'))],
  [...many('retry', 'aabbcc'), ...Array.from({ length: 7 }, () => open('retry'))],
  [...many('retry', 'aa'), take('retry'), ...many('retry', 'ba'), take('retry'), take('retry')],
  // Who waits has one as soon as more of a group may run, or it waits for nothing any more.
  [
    ...many('plain', 'aa'),
    open('plain'),
    wait('plain', 'lease'),
    { type: 'policy', queue: 'plain', policy: { ...DEFAULT_POLICY, groupRunning: 2 } },
  ],
  [
    set('plain', { group: 'a', jobId: 'j' }),
    ...many('plain', 'a'),
    open('plain'),
    FAIL_ONCE,
    wait('plain', 'lease'),
    { type: 'cancel', queue: 'plain', jobId: 'j' },
  ],
  // What was cancelled holds its group until its holder says that it has ended.
  [
    set('plain', { group: 'a', jobId: 'j' }),
    ...many('plain', 'a'),
    open('plain'),
    { type: 'cancel', queue: 'plain', jobId: 'j' },
    open('plain'),
    { type: 'complete', which: 0, result: '' },
    open('plain'),
  ],
  // What takes the place of a job is of its own group, and waits for nothing.
  [
    ...many('plain', 'a'),
    open('plain'),
    set('plain', { group: 'a', jobId: 'j' }),
    set('plain', { group: 'b', jobId: 'j' }),
    open('plain'),
  ],
  [
    set('plain', { group: 'a', jobId: 'j', everyMs: 9000 }),
    open('plain'),
    FAIL_ONCE,
    set('plain', { group: 'a', jobId: 'j', everyMs: 9000 }),
    ...many('plain', 'a'),
    open('plain'),
  ],
  // A group waits where its message waits, also among many that move one after the other.
  [
    ...many('plain', 'aaaaaa'),
    open('plain'),
    FAIL_ONCE,
    wait('dead', 'lease'),
    { type: 'move', queue: 'plain', to: 'dead' },
  ],
  // A lease of which the record has moved holds its group after a restart as well.
  [
    ...many('plain', 'aa'),
    { type: 'reserve', queue: 'plain', mode: 'lease', leaseMs: 20_000, holder: 'someone' },
    CHURN,
    { type: 'kill', downMs: 0 },
    open('plain'),
  ],
  // The group of a run that failed for good, and of what had to wait for space.
  [
    set('plain', { group: 'a', jobId: 'j', everyMs: 9000 }),
    ...die('plain', 'someone'),
    { type: 'peek', queue: 'plain', failed: true, jobId: '' },
  ],
  [
    {
      type: 'burst',
      steps: ['j', 'k', 'j'].map((jobId) => ({ ...BIG, queue: 'plain', jobId, group: 'a' })),
    },
  ],
  // What runs counts, after a restart as well; who takes for good does not ask for that.
  [
    set('plain'),
    set('plain'),
    set('plain'),
    set('plain'),
    policy('plain', { maxRunning: 1 }),
    lease('plain'),
    open('plain'),
    take('plain'),
    wait('plain', 'lease'),
    { type: 'kill', downMs: 0 },
    open('plain'),
    wait('plain', 'lease'),
    { type: 'complete', which: 0, result: '' },
    { type: 'watchAll' },
  ],
  // One start an interval, for who asks and for who waits; what is returned was none.
  [
    policy('plain', { rate: { starts: 16, perMs: 60_000, burst: 1 } }),
    set('plain'),
    set('plain'),
    set('plain'),
    set('plain'),
    { type: 'advance', ms: 4000 },
    open('plain'),
    { type: 'watchAll' },
    { type: 'release', which: 0, reason: 'return' },
    take('plain'),
    take('plain'),
    wait('plain'),
    { type: 'advance', ms: 4000 },
    { type: 'drop', queue: 'plain' },
    set('plain'),
    take('plain'),
  ],
  // A job that was returned is no start, though it was cancelled.
  [
    policy('plain', { rate: { starts: 2, perMs: 1000, burst: 2 } }),
    set('plain', { jobId: 'j' }),
    set('plain'),
    set('plain'),
    ...[open('plain'), open('plain'), CANCEL],
    { type: 'release', which: 1, reason: 'return' },
    take('plain'),
  ],
  // Where one has followed to what is returned, the next one keeps its distance to that.
  [
    policy('plain', { rate: { starts: 16, perMs: 60_000, burst: 1 } }),
    ...[set('plain'), set('plain'), set('plain'), open('plain')],
    { type: 'advance', ms: 4000 },
    open('plain'),
    { type: 'release', which: 1, reason: 'return' },
    take('plain'),
    { type: 'advance', ms: 4000 },
    take('plain'),
  ],
  // A burst, and then no other one while the window is full.
  [
    policy('plain', { rate: { starts: 4, perMs: 60_000, burst: 3 } }),
    ...Array.from({ length: 8 }, () => set('plain')),
    { type: 'advance', ms: 50_000 },
    ...[take('plain'), take('plain'), take('plain'), take('plain')],
    ...[15_000, 15_000, 15_000, 15_000].flatMap((ms): Step[] => [
      { type: 'advance', ms },
      take('plain'),
      take('plain'),
    ]),
  ],
  // What has expired is first, on the disk alone and of a group that may not go on, and the queue is full.
  [
    policy('short', { maxItems: 4, whenFull: 'drop_oldest', deadLetterTo: 'dead' }),
    set('short', { group: 'a' }),
    set('short', { group: 'a', exptime: 3, size: SEGMENT >> 2 }),
    ...many('short', '  '),
    ...Array.from({ length: 12 }, () => set('plain', { size: SEGMENT >> 2 })),
    { type: 'advance', ms: 4100 },
    open('short'),
    set('short'),
  ],
  // What has no id is cancelled while it is held, also where its segment is freed.
  [
    set('plain'),
    lease('plain'),
    act('cancel', 'plain', 'reserved'),
    CHURN,
    { type: 'kill', downMs: 2 },
    act('cancel', 'plain', 'reserved'),
    COMPLETE,
  ],
  // What has failed moves with its id, unless one that waits has that, and is what it was; a job has its run now.
  [
    set('plain', { jobId: 'j' }),
    ...die('plain', 'someone'),
    set('plain', { jobId: 'k' }),
    ...die('plain', 'someone'),
    set('short', { jobId: 'k' }),
    act('move', 'plain', 'failed'),
    { type: 'powerCut', seed: 1, downMs: 2 },
    CHURN,
    { type: 'kill', downMs: 2 },
    act('retry', 'short', 'failed'),
    take('short'),
    take('short'),
  ],
  [
    set('plain', { jobId: 'j', everyMs: 9000, delayMs: 3000 }),
    act('run', 'plain', 'delayed'),
    { type: 'powerCut', seed: 1, downMs: 2 },
    open('plain'),
    COMPLETE,
    { type: 'advance', ms: 9000 },
    open('plain'),
  ],
  // What waits for its backoff is tried again at once, and its row begins anew.
  [
    set('plain'),
    ...comesBack('plain', 'death', 'death'),
    act('retry', 'plain', 'delayed'),
    ...comesBack('plain', 'death', 'death'),
    act('discard', 'plain', 'delayed'),
  ],
  // What somebody died of expires: the dead letter tells that, and so does the status.
  [
    policy('plain', { deadLetterTo: 'dead', keepDoneMs: 3_600_000 }),
    set('plain', { jobId: 'j', exptime: 3 }),
    ...comesBack('plain', 'death'),
    { type: 'advance', ms: 4100 },
    open('plain'),
  ],
];
